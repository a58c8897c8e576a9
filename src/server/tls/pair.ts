import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { createSecureContext } from "node:tls";
import { findRefusedKind, findRefusedSize } from "./key-kind.ts";
import { readPem } from "./pem.ts";

/** The contents of two files in PEM. */
export interface Pair {
  /** The server's certificate, then those that lead to an authority. */
  readonly cert: string;
  readonly key: string;
}

/** The outcome of a check: a pair in strict form, just as it was checked, or the fault of one file. */
export type PairVerdict =
  | { readonly kind: "good"; readonly pair: Pair; readonly fingerprint: string }
  /** `fault` says what is wrong and how it is put right. */
  | { readonly kind: "bad"; readonly culprit: "cert" | "key"; readonly fault: string };

/** The same of the certificates of authorities. */
export type AuthoritiesVerdict =
  | { readonly kind: "good"; readonly pem: string }
  | { readonly kind: "bad"; readonly fault: string };

/** RFC 7468 §5.1, and the older label. */
const CERTIFICATE = /^(?:X509 )?CERTIFICATE$/;

/** RFC 7468 §10, and the forms before it: `EC PRIVATE KEY`, `RSA PRIVATE KEY`. */
const PRIVATE_KEY = /^(?:[A-Z\d]+ )?PRIVATE KEY$/;

/** RFC 7468 §11, and RFC 1421 §4.6.1.1, which OpenSSL's older form has. */
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^[ \t]*Proc-Type: 4,ENCRYPTED/m;

const INDENTED = "its lines begin with blanks; remove them";

/**
 * Decides whether a server can show this certificate with this key now. TLS is to be given the pair
 * of the verdict, which is what was checked.
 *
 * @param now in milliseconds since 1970
 */
export function checkPair({ cert, key }: Pair, now: number): PairVerdict {
  const chain = parseCertificates(cert);
  if (chain.kind === "bad") return bad("cert", chain.fault);
  const [leaf, ...issuers] = chain.certificates;
  const staleness = findStaleness(leaf, now);
  if (staleness !== undefined) return bad("cert", staleness);
  const parsed = parseKey(key);
  if (parsed.kind === "bad") return bad("key", parsed.fault);
  if (!leaf.checkPrivateKey(parsed.key)) {
    return issuers.some((issuer) => issuer.checkPrivateKey(parsed.key))
      ? bad("cert", "the server's own certificate has to come first in it")
      : bad("key", "it is not the key of the certificate; name its own");
  }
  const pair = { cert: chain.pem, key: parsed.pem };
  const refusal = findRefusal(pair);
  return refusal === undefined
    ? { kind: "good", pair, fingerprint: leaf.fingerprint256 }
    : bad("cert", refusal);
}

function bad(culprit: "cert" | "key", fault: string): PairVerdict {
  return { kind: "bad", culprit, fault };
}

/** Whatever else TLS may have against a pair. */
function findRefusal(pair: Pair): string | undefined {
  try {
    createSecureContext(pair);
    return undefined;
  } catch (error) {
    return `TLS does not take it (${String(error)}); make another`;
  }
}

/** Decides whether clients can be asked for certificates of these authorities. */
export function checkAuthorities(pem: string): AuthoritiesVerdict {
  return parseCertificates(pem);
}

type Chain =
  | {
      readonly kind: "good";
      readonly certificates: readonly [X509Certificate, ...X509Certificate[]];
      readonly pem: string;
    }
  | { readonly kind: "bad"; readonly fault: string };

function parseCertificates(text: string): Chain {
  const pem = readPem(text, CERTIFICATE);
  if (pem.kind === "indented") return { kind: "bad", fault: INDENTED };
  if (pem.kind === "damaged") return { kind: "bad", fault: DAMAGED_CERTIFICATE };
  try {
    const [first, ...others] = pem.blocks.map(({ der }) => new X509Certificate(der));
    if (first === undefined) return { kind: "bad", fault: NO_CERTIFICATE };
    const strict = pem.blocks.map(({ text: block }) => block).join("");
    return { kind: "good", certificates: [first, ...others], pem: strict };
  } catch {
    // Its errors name a place in the library and nothing that helps.
    return { kind: "bad", fault: DAMAGED_CERTIFICATE };
  }
}

const NO_CERTIFICATE = "it holds no certificate in PEM; openssl x509 converts other forms";
const DAMAGED_CERTIFICATE = "a certificate in it is damaged; fetch it anew";

function findStaleness(certificate: X509Certificate, now: number): string | undefined {
  const { validFromDate, validToDate } = certificate;
  if (now > validToDate.getTime()) return `it expired on ${dayOf(validToDate)}; renew it`;
  return now < validFromDate.getTime()
    ? `it is not valid before ${dayOf(validFromDate)}; name another, or set this machine's clock`
    : undefined;
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

type ParsedKey =
  | { readonly kind: "good"; readonly key: KeyObject; readonly pem: string }
  | { readonly kind: "bad"; readonly fault: string };

function parseKey(text: string): ParsedKey {
  if (ENCRYPTED.test(text)) {
    return { kind: "bad", fault: "it is encrypted; openssl pkey -in OLD -out NEW decrypts it" };
  }
  const pem = readPem(text, PRIVATE_KEY);
  if (pem.kind === "indented") return { kind: "bad", fault: INDENTED };
  if (pem.kind === "damaged") return { kind: "bad", fault: DAMAGED_KEY };
  const [block] = pem.blocks;
  if (block === undefined) {
    return {
      kind: "bad",
      fault: "it holds no private key in PEM; openssl pkey converts other forms",
    };
  }
  const refused = findRefusedKind(block.label, block.der);
  if (refused !== undefined) return { kind: "bad", fault: refused };
  try {
    const key = createPrivateKey(block.text);
    const small = findRefusedSize(key);
    return small === undefined
      ? { kind: "good", key, pem: block.text }
      : { kind: "bad", fault: small };
  } catch {
    return { kind: "bad", fault: DAMAGED_KEY };
  }
}

const DAMAGED_KEY = "the private key in it is damaged; fetch it anew";
