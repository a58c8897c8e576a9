import { describe, expect, test } from "bun:test";
import { BasicAuth, parseBasicCredentials } from "../../src/http/basic-auth.ts";

const encode = (text: string | Uint8Array) => Buffer.from(text as Uint8Array).toString("base64");

/** A field that is right for `Aladdin:open sesame`: RFC 7617 §2. */
const EXAMPLE = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";

test.each([
  ["", undefined],
  ["Basic", undefined],
  ["Basic ", undefined],
  ["Basic =", undefined],
  ["Basic ====", undefined],
  ["QWxhZGRpbjpvcGVuIHNlc2FtZQ==", undefined],
  ["Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", undefined],
  ["BasicQWxhZGRpbjpvcGVuIHNlc2FtZQ==", undefined],
  ["Basic\tQWxhZGRpbjpvcGVuIHNlc2FtZQ==", undefined],
  ["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ", undefined],
  ["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=", undefined],
  ["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ===", undefined],
  // The last digit has bits that stand for nothing.
  ["Basic QWxhZGRpbjpvcGVuIHNlc2FtZR==", undefined],
  ["Basic QWxh ZGRpbjpvcGVuIHNlc2FtZQ==", undefined],
  ["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==, Basic eA==", undefined],
  ["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==x", undefined],
  ["Basic P_-_", undefined],
  ['Basic "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="', undefined],
  ["Basic /w==", undefined],
  [`Basic ${encode(Uint8Array.of(0xc3, 0x28))}`, undefined],
  [EXAMPLE, "Aladdin:open sesame"],
  [EXAMPLE.replace("Basic", "basic"), "Aladdin:open sesame"],
  [EXAMPLE.replace("Basic", "BASIC"), "Aladdin:open sesame"],
  [EXAMPLE.replace(" ", "   "), "Aladdin:open sesame"],
  // RFC 7617 §2.1.
  ["Basic dGVzdDoxMjPCow==", "test:123£"],
  [`Basic ${encode("no colon")}`, "no colon"],
] as const)("parseBasicCredentials(%j) is %j", (field, userPass) => {
  expect(parseBasicCredentials(field)).toBe(userPass);
});

describe("BasicAuth", () => {
  const accepts = (known: string, given: string) =>
    new BasicAuth(known).accepts(`Basic ${encode(given)}`);

  test.each([
    ["me:pass", "me:pass", true],
    ["me:pa:ss", "me:pa:ss", true],
    ["me:", "me:", true],
    ["é:ü", "é:ü", true],
    ["é:ü", "e\u0301:u\u0308", true],
    ["e\u0301:x", "é:x", true],
    ["me:x".padEnd(10_000, "y"), "me:x".padEnd(10_000, "y"), true],
    ["me:pass", "me:pas", false],
    ["me:pass", "me:passs", false],
    ["me:pass", "me:PASS", false],
    ["me:pass", "ME:pass", false],
    ["me:pass", "me:", false],
    ["me:pass", "mepass", false],
    ["me:pass", "me:pass\n", false],
    ["me:pass", "me:pass\0", false],
    ["me:", "me", false],
    ["me:\ufffd", "me:x", false],
  ])("%j given %j: %p", (known, given, isAccepted) => {
    expect(accepts(known, given)).toBe(isAccepted);
  });

  test("takes no field for none, and no byte for another", () => {
    const auth = new BasicAuth("me:\ufffd");
    expect(auth.accepts(null)).toBe(false);
    const invalid = Buffer.concat([Buffer.from("me:"), Uint8Array.of(0xff)]);
    expect(auth.accepts(`Basic ${encode(invalid)}`)).toBe(false);
  });
});
