import { createHash } from "node:crypto";
import { isIPv4 } from "node:net";
import {
  derBitString,
  derBoolean,
  derExplicit,
  derImplicit,
  derInteger,
  derNamedBits,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derSet,
  derTime,
  derUtf8String,
} from "./der.ts";

/** The fields of a self-signed certificate. */
export interface CertificateFacts {
  /** At most 20 bytes, and not all zeros (RFC 5280 §4.1.2.2). */
  readonly serial: Uint8Array;
  /** The name that people see; clients check `names` and `addresses`. */
  readonly commonName: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** DNS names in ASCII, at least one. */
  readonly names: readonly string[];
  /** IPv4 and IPv6 addresses, without brackets and zones. */
  readonly addresses: readonly string[];
  /** A P-256 key as the 65 bytes of its uncompressed point (RFC 5480 §2.2). */
  readonly publicPoint: Uint8Array;
}

const OID = {
  commonName: "2.5.4.3",
  ecPublicKey: "1.2.840.10045.2.1",
  prime256v1: "1.2.840.10045.3.1.7",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
} as const;

/** X.509 version 3 (RFC 5280 §4.1.2.1). */
const VERSION_3 = Uint8Array.of(2);

/** RFC 5280 §4.2.1.3. */
const DIGITAL_SIGNATURE = 0;

/** RFC 5280 §4.2.1.6. */
const DNS_NAME = 2;
const IP_ADDRESS = 7;

/** RFC 5280 §4.2.1.1. */
const KEY_IDENTIFIER = 0;

const KEY_IDENTIFIER_BYTES = 20;

/** RFC 5758 §3.2: without parameters. */
const SIGNATURE_ALGORITHM = derSequence(derObjectIdentifier(OID.ecdsaWithSha256));

/** Encodes the signed part of a self-signed certificate: TBSCertificate of RFC 5280 §4.1, in DER. */
export function encodeToBeSigned(facts: CertificateFacts): Buffer {
  const name = encodeName(facts.commonName);
  return derSequence(
    derExplicit(0, derInteger(VERSION_3)),
    derInteger(facts.serial),
    SIGNATURE_ALGORITHM,
    name,
    derSequence(derTime(facts.notBefore), derTime(facts.notAfter)),
    name,
    encodePublicKey(facts.publicPoint),
    derExplicit(3, derSequence(...encodeExtensions(facts))),
  );
}

/**
 * Encodes a certificate with its signature: the Certificate of RFC 5280 §4.1, in DER.
 *
 * @param signature ECDSA with SHA-256 over `toBeSigned`, in DER (RFC 5758 §3.2)
 */
export function encodeCertificate(toBeSigned: Uint8Array, signature: Uint8Array): Buffer {
  return derSequence(toBeSigned, SIGNATURE_ALGORITHM, derBitString(signature));
}

/** Encodes a name of one part: RFC 5280 §4.1.2.4. */
function encodeName(commonName: string): Buffer {
  const part = derSequence(derObjectIdentifier(OID.commonName), derUtf8String(commonName));
  return derSequence(derSet(part));
}

/** RFC 5480 §2. */
function encodePublicKey(point: Uint8Array): Buffer {
  const algorithm = derSequence(
    derObjectIdentifier(OID.ecPublicKey),
    derObjectIdentifier(OID.prime256v1),
  );
  return derSequence(algorithm, derBitString(point));
}

/**
 * Encodes the extensions of a leaf that is no authority. Firefox refuses a server that shows an
 * authority's certificate, and people should trust this one for a single server only.
 */
function encodeExtensions({ names, addresses, publicPoint }: CertificateFacts): Buffer[] {
  const keyIdentifier = identifyKey(publicPoint);
  const alternatives = [
    ...names.map((name) => derImplicit(DNS_NAME, Buffer.from(name, "ascii"))),
    ...addresses.map((address) => derImplicit(IP_ADDRESS, addressBytes(address))),
  ];
  return [
    // An empty sequence means "no authority" (RFC 5280 §4.2.1.9).
    encodeExtension(OID.basicConstraints, "critical", derSequence()),
    encodeExtension(OID.keyUsage, "critical", derNamedBits([DIGITAL_SIGNATURE])),
    encodeExtension(OID.extKeyUsage, "plain", derSequence(derObjectIdentifier(OID.serverAuth))),
    encodeExtension(OID.subjectAltName, "plain", derSequence(...alternatives)),
    encodeExtension(OID.subjectKeyIdentifier, "plain", derOctetString(keyIdentifier)),
    encodeExtension(
      OID.authorityKeyIdentifier,
      "plain",
      derSequence(derImplicit(KEY_IDENTIFIER, keyIdentifier)),
    ),
  ];
}

/** Encodes an extension: RFC 5280 §4.2. DER omits defaults, so only critical ones have the flag. */
function encodeExtension(oid: string, weight: "critical" | "plain", value: Buffer): Buffer {
  const critical = weight === "critical" ? [derBoolean(true)] : [];
  return derSequence(derObjectIdentifier(oid), ...critical, derOctetString(value));
}

/** Derives the key identifier by RFC 7093 §2, method 1. */
function identifyKey(publicPoint: Uint8Array): Buffer {
  return createHash("sha256").update(publicPoint).digest().subarray(0, KEY_IDENTIFIER_BYTES);
}

/**
 * Encodes an IP address as its 4 or 16 bytes: RFC 5280 §4.2.1.6.
 *
 * @example addressBytes("::1") // 15 zeros and a one
 */
export function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  // The URL parser knows every spelling, including an IPv4 address at the end.
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [left = "", right] = canonical.split("::");
  const before = groupsOf(left);
  const after = right === undefined ? [] : groupsOf(right);
  const zeros = Array<number>(8 - before.length - after.length).fill(0);
  const bytes = Buffer.alloc(16);
  [...before, ...zeros, ...after].forEach((group, index) => bytes.writeUInt16BE(group, index * 2));
  return bytes;
}

function groupsOf(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
}
