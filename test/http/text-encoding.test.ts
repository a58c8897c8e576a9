import { describe, expect, test } from "bun:test";
import { textEncodingOf } from "../../src/http/text-encoding.ts";
import { ENCODED_TEXTS } from "../helpers/encoded-texts.ts";

const latin1 = (text: string) => Buffer.from(text, "latin1");

describe("A5 textEncodingOf()", () => {
  test.each(ENCODED_TEXTS)("takes $encoding not for UTF-8", ({ encoding, bytes }) => {
    const isMarked = encoding.startsWith("utf-16");
    expect<string>(textEncodingOf(bytes)).toBe(isMarked ? encoding : "unknown");
  });

  test.each([
    ["nothing", Buffer.alloc(0), "utf-8"],
    ["ASCII", "plain", "utf-8"],
    ["two, three and four bytes", "é 日 😀", "utf-8"],
    ["a byte order mark", "\ufeffplain", "utf-8"],
    ["an overlong slash", latin1("\xc0\xaf"), "unknown"],
    ["an encoded surrogate", latin1("\xed\xa0\x80"), "unknown"],
    ["a character that is cut at the end of the file", latin1("a\xe6\x97"), "unknown"],
    ["a byte order mark of UTF-16 alone", latin1("\xff\xfe"), "utf-16le"],
    ["half of one", latin1("\xff"), "unknown"],
    ["colours of a terminal", "\x1b[31mred\x1b[0m", "utf-8"],
    // What `tput sgr0` prints, and lines drawn by a terminal.
    ["a terminal that is told ASCII", "\x1b(B\x1b[m\x1b(0qqq\x1b(B", "utf-8"],
    ["colours beside letters, and a $", "\x1b[31mé\x1b[0m \x1b$", "utf-8"],
    ["an escape at the end", "a\x1b", "utf-8"],
    ["a window's title", "\x1b]0;title\x07", "utf-8"],
    ["JIS X 0208 of 1978", "\x1b$@F|K\\\x1b(J", "unknown"],
    ["JIS X 0201 katakana", "\x1b(I1234\x1b(B", "unknown"],
    ["JIS X 0212", "\x1b$(D0!\x1b(B", "unknown"],
    ["ISO-2022-KR (RFC 1557)", "\x1b$)C\x0e0!\x0f", "unknown"],
    ["an escape of a terminal before one of ISO-2022-JP", "\x1b[1m\x1b$BF|\x1b(B", "unknown"],
  ] as const)("of %s", (_what, bytes, encoding) => {
    expect(textEncodingOf(Buffer.from(bytes))).toBe(encoding);
  });

  test.each(["é", "日", "😀", "a"])("of a beginning that ends anywhere in %s", (character) => {
    const bytes = Buffer.from(`text ${character}`);
    for (let length = 0; length <= bytes.length; length++) {
      expect(textEncodingOf(bytes.subarray(0, length), false)).toBe("utf-8");
    }
  });

  test.each([
    ["Latin-1", latin1("caf\xe9 au lait")],
    ["Latin-1 that ends in letters", latin1("caf\xe9\xe9\xe9\xe9\xe9")],
    ["EUC-KR cut in a character", latin1("\xc7\xd1\xb1")],
    ["continuations alone", latin1("\x80\x80\x80\x80\x80")],
  ])("of a beginning that is %s", (_what, bytes) => {
    expect(textEncodingOf(bytes, false)).toBe("unknown");
  });
});
