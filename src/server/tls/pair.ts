import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { createSecureContext } from "node:tls";
import { findRefusedKind, findRefusedSize } from "./key-kind.ts";
import { readPem } from "./pem.ts";

/** A certificate chain and its private key, in PEM. */
export interface Pair {
  /** The server's certificate, then the intermediate ones up to an authority. */
  readonly cert: string;
  readonly key: string;
}

/** The outcome of `checkPair()`: the checked pair in strict PEM, or the fault of one file. */
export type PairVerdict =
  | { readonly kind: "good"; readonly pair: Pair; readonly fingerprint: string }
  /** `fault` says what is wrong and how to fix it. */
  | { readonly kind: "bad"; readonly culprit: "cert" | "key"; readonly fault: string };

/** The outcome of `checkAuthorities()`: their certificates in strict PEM, or the fault of the file. */
export type AuthoritiesVerdict =
  | { readonly kind: "good"; readonly pem: string }
  | { readonly kind: "bad"; readonly fault: string };

/** The label of a certificate by RFC 7468 §5.1, or the older one. */
const CERTIFICATE = /^(?:X509 )?CERTIFICATE$/;

/** The label of a private key by RFC 7468 §10, or an older one: `EC PRIVATE KEY`, `RSA PRIVATE KEY`. */
const PRIVATE_KEY = /^(?:[A-Z\d]+ )?PRIVATE KEY$/;

/** The marks of an encrypted key: RFC 7468 §11, and RFC 1421 §4.6.1.1 in OpenSSL's older form. */
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^[ \t]*Proc-Type: 4,ENCRYPTED/m;

const INDENTED = "its lines begin with blanks; remove them";

/**
 * Decides whether a server can use this certificate with this key now. Give TLS the pair of the
 * verdict: only that one was checked.
 *
 * @param nowMs in milliseconds since 1970
 */
export function checkPair({ cert, key }: Pair, nowMs: number): PairVerdict {
  const chain = parseCertificates(cert);
  if (chain.kind === "bad") return bad("cert", chain.fault);
  const [leaf, ...issuers] = chain.certificates;
  const staleness = findStaleness(leaf, nowMs);
  if (staleness !== undefined) return bad("cert", staleness);
  const parsed = parseKey(key);
  if (parsed.kind === "bad") return bad("key", parsed.fault);
  if (!leaf.checkPrivateKey(parsed.key)) {
    return issuers.some((issuer) => issuer.checkPrivateKey(parsed.key))
      ? bad("cert", "the server's own certificate has to come first in the file")
      : bad("key", "it is not the key of this certificate; name the right one");
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

/** Finds any other reason for which TLS refuses a pair. */
function findRefusal(pair: Pair): string | undefined {
  try {
    createSecureContext(pair);
    return undefined;
  } catch (error) {
    return `TLS refuses it (${String(error)}); make another certificate`;
  }
}

/** Decides whether these certificates of authorities can be used to check clients. */
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
    // The errors of X509Certificate name a place in the library and nothing that helps.
    return { kind: "bad", fault: DAMAGED_CERTIFICATE };
  }
}

const NO_CERTIFICATE = "it holds no certificate in PEM; openssl x509 converts other forms";
const DAMAGED_CERTIFICATE = "a certificate in the file is damaged; get a new copy";

function findStaleness(certificate: X509Certificate, nowMs: number): string | undefined {
  const { validFromDate, validToDate } = certificate;
  if (nowMs > validToDate.getTime()) return `it expired on ${dayOf(validToDate)}; renew it`;
  return nowMs < validFromDate.getTime()
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

const DAMAGED_KEY = "the private key in the file is damaged; get a new copy";
