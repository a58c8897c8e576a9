import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "bun:test";
import { makeOwnCertificate } from "../../../src/server/tls/own-certificate.ts";
import { checkPair, findFaultInAuthorities } from "../../../src/server/tls/pair.ts";

const DAY_MS = 24 * 3600 * 1000;
const NOW = Date.UTC(2026, 5, 15);

/** Valid from 2026-06-14 to 2027-07-10. */
const GOOD = makeOwnCertificate({ hosts: [], now: NOW });
const OTHER = makeOwnCertificate({ hosts: [], now: NOW });

const { privateKey: RSA } = generateKeyPairSync("rsa", { modulusLength: 2048 });

function encrypted(type: "pkcs8" | "sec1"): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const options = { format: "pem", type, cipher: "aes-256-cbc", passphrase: "x" } as const;
  return privateKey.export(options).toString();
}

/** Base64 that is no certificate, and none that is a key. */
const damaged = (label: string) => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`;

const NO_CERTIFICATE = "it holds no certificate in PEM; openssl x509 converts other forms";
const DAMAGED_CERTIFICATE = "a certificate in it is damaged; fetch it anew";
const NO_KEY = "it holds no private key in PEM; openssl pkey converts other forms";
const ENCRYPTED = "it is encrypted; openssl pkey -in OLD -out NEW decrypts it";
const NOT_ITS_KEY = "it is not the key of the certificate; name its own";

describe("checkPair() says what is wrong, and with which of the two:", () => {
  test.each([
    ["an empty certificate", "", GOOD.key, "cert", NO_CERTIFICATE],
    ["a key for a certificate", GOOD.key, GOOD.key, "cert", NO_CERTIFICATE],
    ["DER", "\x30\x82\x01", GOOD.key, "cert", NO_CERTIFICATE],
    ["a cut-off certificate", GOOD.cert.slice(0, 200), GOOD.key, "cert", NO_CERTIFICATE],
    ["a damaged one", damaged("CERTIFICATE"), GOOD.key, "cert", DAMAGED_CERTIFICATE],
    ["a damaged issuer", GOOD.cert + damaged("CERTIFICATE"), GOOD.key, "cert", DAMAGED_CERTIFICATE],
    ["an empty key", GOOD.cert, "", "key", NO_KEY],
    ["a certificate for a key", GOOD.cert, GOOD.cert, "key", NO_KEY],
    [
      "a damaged key",
      GOOD.cert,
      damaged("PRIVATE KEY"),
      "key",
      "the private key in it is damaged; fetch it anew",
    ],
    ["an encrypted key", GOOD.cert, encrypted("pkcs8"), "key", ENCRYPTED],
    ["one encrypted in the old form", GOOD.cert, encrypted("sec1"), "key", ENCRYPTED],
    ["another's key", GOOD.cert, OTHER.key, "key", NOT_ITS_KEY],
    [
      "a key of another kind",
      GOOD.cert,
      RSA.export({ format: "pem", type: "pkcs1" }).toString(),
      "key",
      NOT_ITS_KEY,
    ],
    [
      "a chain the wrong way round",
      OTHER.cert + GOOD.cert,
      GOOD.key,
      "cert",
      "the server's own certificate has to come first in it",
    ],
  ] as const)("%s", (_, cert, key, culprit, fault) => {
    expect(checkPair({ cert, key }, NOW)).toEqual({ kind: "bad", culprit, fault });
  });

  test.each([
    [
      -1 * DAY_MS - 1,
      "it is not valid before 2026-06-14; name another, or set this machine's clock",
    ],
    [-1 * DAY_MS, undefined],
    [390 * DAY_MS, undefined],
    [390 * DAY_MS + 1, "it expired on 2027-07-10; renew it"],
  ])("the time is %i ms after it was made", (after, fault) => {
    const verdict = checkPair(GOOD, NOW + after);
    expect(verdict.kind === "bad" ? verdict.fault : undefined).toBe(fault);
  });
});

describe("checkPair() takes", () => {
  test.each([
    ["a pair", GOOD.cert, GOOD.key],
    ["a chain", GOOD.cert + OTHER.cert, GOOD.key],
    [
      "an issuer that is over, which some chains have for old clients",
      GOOD.cert + makeOwnCertificate({ hosts: [], now: 0 }).cert,
      GOOD.key,
    ],
    ["both in one file", GOOD.cert + GOOD.key, GOOD.cert + GOOD.key],
    ["line ends of Windows", GOOD.cert.replaceAll("\n", "\r\n"), GOOD.key.replaceAll("\n", "\r\n")],
    ["words around them", `Subject: é\n${GOOD.cert}`, `Key:\n${GOOD.key}`],
    [
      "the parameters that openssl ecparam puts before a key",
      GOOD.cert,
      `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${GOOD.key}`,
    ],
  ])("%s", (_, cert, key) => {
    expect(checkPair({ cert, key }, NOW)).toMatchObject({ kind: "good" });
  });
});

test.each([
  ["", NO_CERTIFICATE],
  [GOOD.key, NO_CERTIFICATE],
  [damaged("CERTIFICATE"), DAMAGED_CERTIFICATE],
  [GOOD.cert, undefined],
  [GOOD.cert + OTHER.cert, undefined],
])("findFaultInAuthorities() of %j", (pem, fault) => {
  expect(findFaultInAuthorities(pem)).toBe(fault);
});
