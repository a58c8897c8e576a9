import { expect, test } from "bun:test";
import { decode, isSame, maxKeptBytes, toMessage } from "../../../public/workbench/message.js";

test("toMessage() counts all bytes and keeps the first", () => {
  const { type, size, bytes } = toMessage("ß".repeat(maxKeptBytes));
  expect([type, size, bytes.length]).toEqual(["text", 2 * maxKeptBytes, maxKeptBytes]);
});

test("toMessage() keeps no view of a large message, which would keep all of it", () => {
  const large = new Uint8Array(maxKeptBytes + 1);
  expect(toMessage(large).bytes.buffer.byteLength).toBe(maxKeptBytes);
});

test.each([
  ["a", new Uint8Array([97]), false],
  ["a", "aa", false],
  ["a", "b", false],
  ["", "", true],
  ["ß", "ß", true],
  [new Uint8Array([1, 2]), new Uint8Array([1, 2]), true],
  [new Uint8Array([1, 2]), new Uint8Array([2, 1]), false],
])("isSame() of %p and %p is %p", (a, b, wanted) => {
  expect(isSame(toMessage(a), toMessage(b))).toBe(wanted);
});

test.each([
  [[0xc3], ""],
  [[0x61, 0xf0, 0x9f, 0x8d], "a"],
  // A byte order mark is a part of the message.
  [[0xef, 0xbb, 0xbf, 0x61], "\ufeffa"],
  [[0xff, 0x61], "\ufffda"],
])("decode(%j) leaves out a character that is cut in two", (bytes, text) => {
  expect(decode(new Uint8Array(bytes))).toBe(text);
});
