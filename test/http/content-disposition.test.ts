import { expect, test } from "bun:test";
import { formatAttachment } from "../../src/http/content-disposition.ts";

// Hostile names first. The plain form may lose, but never end its quotes or its line.
test.each([
  ['a"b.tar', "a_b.tar", "a%22b.tar", "the end of the quoted string"],
  ["a\\.tar", "a_.tar", "a%5C.tar", "an escape in it"],
  ["a\r\nSet-Cookie: x=1", "a__Set-Cookie: x=1", "a%0D%0ASet-Cookie%3A%20x%3D1", "a field"],
  ["a\0\x7f\x1b", "a___", "a%00%7F%1B", "controls"],
  ["%41.tar", "_41.tar", "%2541.tar", "an escape that some clients decode"],
  ["it's (1)*.tar", "it's (1)*.tar", "it%27s%20%281%29%2A.tar", "no attr-char of RFC 8187 §3.2.1"],
  ["a;b=c, d.tar", "a;b=c, d.tar", "a%3Bb%3Dc%2C%20d.tar", "separators, which quotes allow"],
  ["файл.tar", "____.tar", "%D1%84%D0%B0%D0%B9%D0%BB.tar", "beyond ASCII"],
  ["🦦.tar", "_.tar", "%F0%9F%A6%A6.tar", "one character, one underscore"],
  ["photos.tar.gz", "photos.tar.gz", "photos.tar.gz", "nothing to be done"],
])("formatAttachment(%j) is %s and %s: %s", (name, plain, encoded) => {
  expect(formatAttachment(name)).toBe(
    `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`,
  );
});

test("formatAttachment() can be decoded to the name", () => {
  const name = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code)).join("");
  const [, encoded = ""] =
    /filename\*=UTF-8''([\w!#$&+.^`|~%-]*)$/.exec(formatAttachment(name)) ?? [];
  expect(decodeURIComponent(encoded)).toBe(name);
});
