import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import { encodeCertificate, encodeToBeSigned } from "./certificate.ts";

/** A certificate made for this run and its key, in PEM; both exist only in memory. */
export interface OwnCertificate {
  readonly cert: string;
  readonly key: string;
}

/** The names and the time that a certificate is made for. */
export interface OwnCertificateOptions {
  /** Host names and IP addresses besides those of loopback; other texts are left out. */
  readonly hosts: readonly string[];
  /** The current time, in milliseconds since 1970. */
  readonly nowMs: number;
}

const DAY_MS = 24 * 3600 * 1000;

/** The certificate is valid from a day ago, as a client's clock may be behind ours. */
const BACKDATED_MS = DAY_MS;

/** Together with that day, less than the 397 days that browsers accept. */
const VALID_MS = 390 * DAY_MS;

/** RFC 5280 allows up to 20 bytes; 16 random ones never repeat. */
const SERIAL_BYTES = 16;

const LOOPBACK_NAMES = ["localhost"] as const;
const LOOPBACK_ADDRESSES = ["127.0.0.1", "::1"] as const;

/** A host name by RFC 1035 §2.3.1, or with underscores, which the names of some machines have. */
const HOST_NAME = /^(?=.{1,253}$)[a-z\d_](?:[\w-]*[a-z\d])?(?:\.[a-z\d_](?:[\w-]*[a-z\d])?)*$/i;

/** Makes an ECDSA P-256 key and a certificate that it signs itself. */
export function makeOwnCertificate({ hosts, nowMs }: OwnCertificateOptions): OwnCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const addresses = hosts
    .map((host) => host.replace(/%.*$/, ""))
    .filter((host) => isIP(host) !== 0);
  const names = hosts.filter((host) => isIP(host) === 0 && HOST_NAME.test(host));
  const toBeSigned = encodeToBeSigned({
    serial: makeSerial(),
    commonName: "Meerkat",
    notBefore: new Date(nowMs - BACKDATED_MS),
    notAfter: new Date(nowMs + VALID_MS),
    names: [...new Set([...LOOPBACK_NAMES, ...names])],
    addresses: [...new Set([...LOOPBACK_ADDRESSES, ...addresses])],
    publicPoint: Buffer.from([4, ...Buffer.from(x, "base64url"), ...Buffer.from(y, "base64url")]),
  });
  const certificate = encodeCertificate(toBeSigned, sign("sha256", toBeSigned, privateKey));
  return {
    cert: toPem("CERTIFICATE", certificate),
    key: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
  };
}

/** Makes a random serial number: positive and unique, as RFC 5280 §4.1.2.2 asks for. */
function makeSerial(): Buffer {
  const serial = randomBytes(SERIAL_BYTES);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}

/** Encodes a block of PEM: RFC 7468 §2. */
function toPem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
