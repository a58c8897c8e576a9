import type { KeyObject } from "node:crypto";

/**
 * Object identifiers in DER of keys that browsers or TLS libraries refuse, with the name they go by.
 * Some of them Bun 1.4.5 cannot read at all.
 */
const REFUSED: readonly (readonly [der: string, name: string])[] = [
  ["06052b81040021", "on the curve P-224"],
  ["06052b8104000a", "on the curve secp256k1"],
  ["06082a8648ce3d030101", "on the curve P-192"],
  ["06092b24030302080101", "on a Brainpool curve"],
  ["06072a8648ce380401", "a DSA key"],
  ["06032b6571", "an Ed448 key"],
  ["06032b656e", "an X25519 key, which signs nothing"],
  ["06032b656f", "an X448 key, which signs nothing"],
  ["06092a864886f70d01010a", "an RSA-PSS key"],
];

/** The Baseline Requirements of certificate authorities, §6.1.5, and the least that OpenSSL takes. */
const LEAST_RSA_BITS = 2048;

const FIX = "make an RSA key of 2048 bits, or one on P-256";

/** What is wrong with a key by its kind, from the DER of a private key; `undefined` for nothing. */
export function findRefusedKind(label: string, der: Buffer): string | undefined {
  // The kind stands at the beginning, before the numbers of the key, or right at its end (SEC 1).
  const hex = der.toString("hex");
  const name =
    label === "DSA PRIVATE KEY" ? "a DSA key" : REFUSED.find(([oid]) => hex.includes(oid))?.[1];
  return name === undefined ? undefined : `it is ${name}, and clients refuse that; ${FIX}`;
}

/** What is wrong with the size of a key; `undefined` for nothing. */
export function findRefusedSize({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject) {
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  return asymmetricKeyType === "rsa" && bits < LEAST_RSA_BITS
    ? `it is an RSA key of ${bits} bits, and clients refuse fewer than ${LEAST_RSA_BITS}; ${FIX}`
    : undefined;
}
