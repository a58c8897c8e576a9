import type { KeyObject } from "node:crypto";

/**
 * The kinds of keys that browsers or TLS libraries refuse: object identifier in DER, and name. Some
 * of them cannot be read by BoringSSL, the library of Bun.
 */
const REFUSED: readonly (readonly [der: string, name: string])[] = [
  ["06052b81040021", "on the curve P-224"],
  ["06052b8104000a", "on the curve secp256k1"],
  ["06082a8648ce3d030101", "on the curve P-192"],
  ["06092b24030302080101", "on a Brainpool curve"],
  ["06072a8648ce380401", "a DSA key"],
  ["06032b6571", "an Ed448 key"],
  ["06032b656e", "an X25519 key, which cannot sign"],
  ["06032b656f", "an X448 key, which cannot sign"],
  ["06092a864886f70d01010a", "an RSA-PSS key"],
];

/** The minimum of the CA/Browser Forum's Baseline Requirements, §6.1.5, and of OpenSSL. */
const LEAST_RSA_BITS = 2048;

const FIX = "make an RSA key of 2048 bits, or one on P-256";

/** Returns why clients refuse the kind of a private key, given in DER; `undefined` if they accept it. */
export function findRefusedKind(label: string, der: Buffer): string | undefined {
  // The identifier is at the beginning, before the numbers of the key, or at the very end (SEC 1).
  const hex = der.toString("hex");
  const name =
    label === "DSA PRIVATE KEY" ? "a DSA key" : REFUSED.find(([oid]) => hex.includes(oid))?.[1];
  return name === undefined ? undefined : `it is ${name}, and clients refuse that; ${FIX}`;
}

/** Returns why clients refuse the size of a key; `undefined` if they accept it. */
export function findRefusedSize({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject) {
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  return asymmetricKeyType === "rsa" && bits < LEAST_RSA_BITS
    ? `it is an RSA key of ${bits} bits, and clients refuse fewer than ${LEAST_RSA_BITS}; ${FIX}`
    : undefined;
}
