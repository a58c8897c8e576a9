import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "bun:test";
import { makeOwnCertificate } from "../../../src/server/tls/own-certificate.ts";
import { checkAuthorities, checkPair } from "../../../src/server/tls/pair.ts";

const DAY_MS = 24 * 3600 * 1000;
const NOW = Date.UTC(2026, 5, 15);

/** Valid from 2026-06-14 to 2027-07-10. */
const GOOD = makeOwnCertificate({ hosts: [], nowMs: NOW });
const OTHER = makeOwnCertificate({ hosts: [], nowMs: NOW });

const { privateKey: RSA } = generateKeyPairSync("rsa", { modulusLength: 2048 });

function encrypted(type: "pkcs8" | "sec1"): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const options = { format: "pem", type, cipher: "aes-256-cbc", passphrase: "x" } as const;
  return privateKey.export(options).toString();
}

/** Base64 that is no certificate, and none that is a key. */
const damaged = (label: string) => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`;

const NO_CERTIFICATE = "it holds no certificate in PEM; openssl x509 converts other forms";
const DAMAGED_CERTIFICATE = "a certificate in the file is damaged; get a new copy";
const DAMAGED_KEY = "the private key in the file is damaged; get a new copy";
const INDENTED = "its lines begin with blanks; remove them";
const NO_KEY = "it holds no private key in PEM; openssl pkey converts other forms";
const ENCRYPTED = "it is encrypted; openssl pkey -in OLD -out NEW decrypts it";
const NOT_ITS_KEY = "it is not the key of this certificate; name the right one";

describe("checkPair() says what is wrong, and with which of the two:", () => {
  test.each([
    ["an empty certificate", "", GOOD.key, "cert", NO_CERTIFICATE],
    ["a key for a certificate", GOOD.key, GOOD.key, "cert", NO_CERTIFICATE],
    ["DER", "\x30\x82\x01", GOOD.key, "cert", NO_CERTIFICATE],
    ["a cut-off certificate", GOOD.cert.slice(0, 200), GOOD.key, "cert", DAMAGED_CERTIFICATE],
    [
      "a cut-off issuer",
      GOOD.cert + OTHER.cert.slice(0, -9),
      GOOD.key,
      "cert",
      DAMAGED_CERTIFICATE,
    ],
    [
      "an issuer of one line",
      GOOD.cert + OTHER.cert.slice(0, 27),
      GOOD.key,
      "cert",
      DAMAGED_CERTIFICATE,
    ],
    ["a damaged one", damaged("CERTIFICATE"), GOOD.key, "cert", DAMAGED_CERTIFICATE],
    ["a damaged issuer", GOOD.cert + damaged("CERTIFICATE"), GOOD.key, "cert", DAMAGED_CERTIFICATE],
    ["an empty key", GOOD.cert, "", "key", NO_KEY],
    ["a certificate for a key", GOOD.cert, GOOD.cert, "key", NO_KEY],
    ["a damaged key", GOOD.cert, damaged("PRIVATE KEY"), "key", DAMAGED_KEY],
    ["a cut-off key", GOOD.cert, GOOD.key.slice(0, 100), "key", DAMAGED_KEY],
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
      "the server's own certificate has to come first in the file",
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
      GOOD.cert + makeOwnCertificate({ hosts: [], nowMs: 0 }).cert,
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
  [GOOD.cert + OTHER.cert.slice(0, -9), DAMAGED_CERTIFICATE],
  [indent(GOOD.cert), INDENTED],
])("checkAuthorities() refuses %j", (pem, fault) => {
  expect(checkAuthorities(pem)).toEqual({ kind: "bad", fault });
});

/** The shapes of people's files, none of which may change the PEM that TLS gets. */
const SHAPES: readonly (readonly [why: string, of: (...pems: string[]) => string])[] = [
  ["as they are", (...pems) => pems.join("")],
  ["without a line feed between them", (...pems) => pems.map((pem) => pem.trim()).join("")],
  ["with a byte order mark before the first", (...pems) => `\xef\xbb\xbf${pems.join("")}`],
  ["with a byte order mark before each", (...pems) => pems.map((p) => `\xef\xbb\xbf${p}`).join("")],
  ["with text before BEGIN", (...pems) => pems.map((pem) => `subject=CN = \xe9\n${pem}`).join("")],
  ["with text right before BEGIN", (...pems) => pems.map((pem) => `PEM: ${pem}`).join("")],
  ["with CRLF", (...pems) => pems.join("").replaceAll("\n", "\r\n")],
  ["with CR alone", (...pems) => pems.join("").replaceAll("\n", "\r")],
  ["with blanks at the end of lines", (...pems) => pems.join("").replaceAll("\n", " \t\n")],
  ["with blank lines between lines", (...pems) => pems.join("").replaceAll("\n", "\n\n")],
  [
    "on one line each",
    (...pems) => pems.join("").replace(/(?<=[A-Za-z\d+/=])\n(?=[A-Za-z\d+/])/g, ""),
  ],
];

describe("C2 what is checked is what TLS is given:", () => {
  const strict = { cert: GOOD.cert + OTHER.cert, key: GOOD.key };

  test.each(SHAPES)("a chain and a key %s", (_, of) => {
    const verdict = checkPair({ cert: of(GOOD.cert, OTHER.cert), key: of(GOOD.key) }, NOW);
    expect(verdict).toMatchObject({ kind: "good", pair: strict });
  });

  test.each(SHAPES)("authorities %s", (_, of) => {
    const verdict = checkAuthorities(of(GOOD.cert, OTHER.cert));
    expect(verdict).toMatchObject({ kind: "good", pem: strict.cert });
  });
});

describe("C2 a key that clients refuse is refused by its name:", () => {
  const FIX = "make an RSA key of 2048 bits, or one on P-256";
  const fromOpenssl = (...args: string[]) => Bun.spawnSync(["openssl", ...args]).stdout.toString();
  const curve = (name: string) => fromOpenssl("ecparam", "-name", name, "-genkey", "-noout");

  test.each([
    [
      "RSA of 1024 bits",
      () => fromOpenssl("genrsa", "1024"),
      "it is an RSA key of 1024 bits, and clients refuse fewer than 2048",
    ],
    ["P-224", () => curve("secp224r1"), "it is on the curve P-224, and clients refuse that"],
    [
      "secp256k1",
      () => curve("secp256k1"),
      "it is on the curve secp256k1, and clients refuse that",
    ],
    [
      "Brainpool",
      () => curve("brainpoolP256r1"),
      "it is on a Brainpool curve, and clients refuse that",
    ],
    ["DSA", () => DSA, "it is a DSA key, and clients refuse that"],
    [
      "Ed448",
      () => fromOpenssl("genpkey", "-algorithm", "ed448"),
      "it is an Ed448 key, and clients refuse that",
    ],
    [
      "RSA-PSS",
      () => fromOpenssl("genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"),
      "it is an RSA-PSS key, and clients refuse that",
    ],
    [
      "P-224 in PKCS 8",
      () => fromOpenssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-224"),
      "it is on the curve P-224, and clients refuse that",
    ],
  ])("%s", (_, makeKey, fault) => {
    const verdict = checkPair({ cert: GOOD.cert, key: makeKey() }, NOW);
    expect(verdict).toEqual({ kind: "bad", culprit: "key", fault: `${fault}; ${FIX}` });
  });

  test("an indented key is named as what it is", () => {
    const verdict = checkPair({ cert: GOOD.cert, key: indent(GOOD.key) }, NOW);
    expect(verdict).toEqual({ kind: "bad", culprit: "key", fault: INDENTED });
  });
});

function indent(pem: string): string {
  return pem.replace(/^(?=.)/gm, "    ");
}

/** Made with `openssl dsaparam -genkey`, whose old form says DSA in its label. */
const DSA = "-----BEGIN DSA PRIVATE KEY-----\nMAA=\n-----END DSA PRIVATE KEY-----\n";
