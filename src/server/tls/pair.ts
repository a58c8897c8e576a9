import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";

/** The contents of two files in PEM. */
export interface Pair {
  /** The server's certificate, then those that lead to an authority. */
  readonly cert: string;
  readonly key: string;
}

/** What a pair comes to. `bad` says which of the two is, and what is wrong and how it is put right. */
export type PairVerdict =
  | { readonly kind: "good"; readonly fingerprint: string }
  | { readonly kind: "bad"; readonly culprit: "cert" | "key"; readonly fault: string };

/** RFC 7468 §5.1. */
const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** RFC 7468 §10 and §11, and the forms before it: `EC PRIVATE KEY`, `RSA PRIVATE KEY`. */
const KEY_LABEL = /-----BEGIN (?:[A-Z\d]+ )*PRIVATE KEY-----/;

/** RFC 7468 §11, and RFC 1421 §4.6.1.1, which OpenSSL's older form has. */
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/**
 * Decides whether a server can show this certificate with this key now.
 *
 * @param now in milliseconds since 1970
 */
export function checkPair({ cert, key }: Pair, now: number): PairVerdict {
  const chain = parseCertificates(cert);
  if (chain.kind === "bad") return { kind: "bad", culprit: "cert", fault: chain.fault };
  const [leaf, ...issuers] = chain.certificates;
  const staleness = findStaleness(leaf, now);
  if (staleness !== undefined) return { kind: "bad", culprit: "cert", fault: staleness };
  const parsed = parseKey(key);
  if (parsed.kind === "bad") return { kind: "bad", culprit: "key", fault: parsed.fault };
  if (leaf.checkPrivateKey(parsed.key)) return { kind: "good", fingerprint: leaf.fingerprint256 };
  return issuers.some((issuer) => issuer.checkPrivateKey(parsed.key))
    ? {
        kind: "bad",
        culprit: "cert",
        fault: "the server's own certificate has to come first in it",
      }
    : { kind: "bad", culprit: "key", fault: "it is not the key of the certificate; name its own" };
}

/** What is wrong with the certificates of authorities that clients are to be asked for, if anything is. */
export function findFaultInAuthorities(pem: string): string | undefined {
  const chain = parseCertificates(pem);
  return chain.kind === "bad" ? chain.fault : undefined;
}

type Chain =
  | {
      readonly kind: "good";
      readonly certificates: readonly [X509Certificate, ...X509Certificate[]];
    }
  | { readonly kind: "bad"; readonly fault: string };

function parseCertificates(pem: string): Chain {
  const texts = pem.match(CERTIFICATES) ?? [];
  try {
    const [first, ...others] = texts.map((text) => new X509Certificate(text));
    return first === undefined
      ? { kind: "bad", fault: "it holds no certificate in PEM; openssl x509 converts other forms" }
      : { kind: "good", certificates: [first, ...others] };
  } catch {
    // Its errors name a place in the library and nothing that helps.
    return { kind: "bad", fault: "a certificate in it is damaged; fetch it anew" };
  }
}

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
  | { readonly kind: "good"; readonly key: KeyObject }
  | { readonly kind: "bad"; readonly fault: string };

function parseKey(pem: string): ParsedKey {
  if (ENCRYPTED.test(pem)) {
    return { kind: "bad", fault: "it is encrypted; openssl pkey -in OLD -out NEW decrypts it" };
  }
  if (!KEY_LABEL.test(pem)) {
    return {
      kind: "bad",
      fault: "it holds no private key in PEM; openssl pkey converts other forms",
    };
  }
  try {
    return { kind: "good", key: createPrivateKey(pem) };
  } catch {
    return { kind: "bad", fault: "the private key in it is damaged; fetch it anew" };
  }
}
