import { X509Certificate } from "node:crypto";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { makeOwnCertificate } from "../../../src/server/tls/own-certificate.ts";
import { isOpensslMissing, openssl } from "../../helpers/openssl.ts";
import { PATIENCE_MS } from "../../helpers/patience.ts";
import { useTree } from "../../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const DAY_MS = 24 * 3600 * 1000;

const HOSTS = ["my-host.example", "192.0.2.7", "2001:db8::7", "fe80::1%eth0", "localhost"];

const make = (nowMs = Date.now(), hosts: readonly string[] = HOSTS) =>
  new X509Certificate(makeOwnCertificate({ hosts, nowMs }).cert);

describe("makeOwnCertificate()", () => {
  test("is for the loopback names and addresses and those that are given", () => {
    const certificate = make();
    for (const name of ["localhost", "my-host.example"]) {
      expect(certificate.checkHost(name)).toBe(name);
    }
    for (const address of ["127.0.0.1", "::1", "192.0.2.7", "2001:db8::7", "fe80::1"]) {
      expect(certificate.checkIP(address)).toBe(address);
    }
    expect(certificate.checkHost("other.example")).toBeUndefined();
    expect(certificate.checkIP("192.0.2.8")).toBeUndefined();
  });

  test.each(["bad name", "a\0b", "-a", "a..b", "é", "", "x".repeat(254), "*", "a@b"])(
    "leaves out %j, which is neither a name nor an address",
    (host) => {
      expect(make(Date.now(), [host]).subjectAltName).toBe(make(Date.now(), []).subjectAltName);
    },
  );

  test("names nothing twice", () => {
    const once = make(Date.now(), []).subjectAltName;
    expect(make(Date.now(), ["localhost", "::1", "127.0.0.1"]).subjectAltName).toBe(once);
  });

  test("is valid since yesterday and for less than the 397 days that browsers accept", () => {
    const nowMs = Date.UTC(2026, 1, 3);
    const { validFromDate, validToDate } = make(nowMs);
    expect(nowMs - validFromDate.getTime()).toBe(DAY_MS);
    expect(validToDate.getTime()).toBeGreaterThan(nowMs + 365 * DAY_MS);
    expect(validToDate.getTime() - validFromDate.getTime()).toBeLessThan(397 * DAY_MS);
  });

  test("is valid over the turn from 2049 to 2050, where the form of a time changes", () => {
    const { validFromDate, validToDate } = make(Date.UTC(2049, 11, 31));
    expect(validFromDate.getUTCFullYear()).toBe(2049);
    expect(validToDate.getUTCFullYear()).toBe(2051);
  });

  test("has another serial each time, positive and of 16 bytes (RFC 5280 §4.1.2.2)", () => {
    const serials = Array.from({ length: 50 }, () => make().serialNumber);
    expect(new Set(serials).size).toBe(50);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][\dA-F]{31}$/);
  });
});

describe.skipIf(isOpensslMissing)("openssl, with a certificate of makeOwnCertificate(),", () => {
  const tree = useTree({ "own.crt": makeOwnCertificate({ hosts: HOSTS, nowMs: Date.now() }).cert });

  test("x509 -text shows what was meant", () => {
    const { output } = openssl("x509", "-in", tree.at("own.crt"), "-noout", "-text");
    // Newer ones write no blanks around the equals sign.
    const lines = output.split("\n").map((line) => line.trim().replace(" = ", "="));
    const after = (title: string) => lines[lines.findIndex((line) => line.startsWith(title)) + 1];
    expect(lines).toContain("Version: 3 (0x2)");
    expect(lines).toContain("Signature Algorithm: ecdsa-with-SHA256");
    expect(lines).toContain("Issuer: CN=Meerkat");
    expect(lines).toContain("NIST CURVE: P-256");
    expect(after("X509v3 Basic Constraints: critical")).toBe("CA:FALSE");
    expect(after("X509v3 Key Usage: critical")).toBe("Digital Signature");
    expect(after("X509v3 Extended Key Usage:")).toBe("TLS Web Server Authentication");
    expect(after("X509v3 Subject Alternative Name:")).toBe(
      "DNS:localhost, DNS:my-host.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, " +
        "IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:7, IP Address:FE80:0:0:0:0:0:0:1",
    );
    expect(after("X509v3 Subject Key Identifier:")).toBe(after("X509v3 Authority Key Identifier:"));
  });

  test.each([
    ["-verify_hostname", "localhost", 0],
    ["-verify_hostname", "my-host.example", 0],
    ["-verify_ip", "127.0.0.1", 0],
    ["-verify_ip", "::1", 0],
    ["-verify_ip", "2001:db8::7", 0],
    ["-verify_hostname", "other.example", 2],
    ["-verify_ip", "192.0.2.8", 2],
  ])("verify -x509_strict %s %s exits with %i", (flag, value, exitCode) => {
    const cert = tree.at("own.crt");
    const strict = ["verify", "-x509_strict", "-purpose", "sslserver"];
    expect(openssl(...strict, "-CAfile", cert, flag, value, cert).exitCode).toBe(exitCode);
  });
});
