import { describe, expect, test } from "bun:test";
import { countHexBytes, formatHexDump, parseHex } from "../../../public/workbench/hex.js";

describe("parseHex()", () => {
  test.each([
    ["abc", "“abc” has an odd number of digits: write two for each byte, as in 68 65 6c.", 0, 3],
    ["68 6g", "“6g” is not hex: “g” is no digit from 0 to f.", 3, 5],
    ["0x", "“0x” has no digits.", 0, 2],
    ["00 0x", "“0x” has no digits.", 3, 5],
    // The character is shown whole, not half of its surrogate pair.
    ["🍉", "“🍉” is not hex: “🍉” is no digit from 0 to f.", 0, 2],
    ["0x0x41", "“0x0x41” is not hex: “x” is no digit from 0 to f.", 0, 6],
    // The faulty digit stands in the word before as well.
    ["66 6", "“6” has an odd number of digits: write two for each byte, as in 68 65 6c.", 3, 4],
    [`${"0".repeat(25)}`, `“${"0".repeat(24)}…” has an odd number of digits`, 0, 25],
  ])("says what is wrong with %j, and where", (text, fault, start, end) => {
    const result = parseHex(text);
    expect(result).toEqual({ fault: expect.stringContaining(fault), start, end });
  });

  test.each([
    ["", []],
    [" \n\t", []],
    ["68 65 6c", [0x68, 0x65, 0x6c]],
    ["68656C", [0x68, 0x65, 0x6c]],
    ["0x00, 0XFF;7f:80", [0, 255, 127, 128]],
    ["\n00\n01\n", [0, 1]],
  ])("reads %j", (text, bytes) => {
    expect(parseHex(text)).toEqual(new Uint8Array(bytes));
  });
});

test.each([
  ["", 0],
  ["6", 0],
  ["0x68, 65", 2],
  ["68 zz 6", 1],
])("countHexBytes(%j) is %d", (text, count) => {
  expect(countHexBytes(text)).toBe(count);
});

describe("formatHexDump()", () => {
  const bytesOf = (count: number) => Uint8Array.from({ length: count }, (_, index) => index);

  test.each([
    [[], 16, ""],
    [[0x68, 0x69], 4, "0000  68 69        hi"],
    [[0x1f, 0x20, 0x7e, 0x7f, 0xff], 8, "0000  1f 20 7e 7f ff           . ~.."],
    [[0x61, 0x62, 0x63], 2, "0000  61 62  ab\n0002  63     c"],
  ])("of %j in lines of %d", (bytes, perLine, wanted) => {
    expect(formatHexDump(new Uint8Array(bytes), perLine)).toBe(wanted);
  });

  test("counts offsets in six digits once four do not do", () => {
    expect(formatHexDump(bytesOf(0xffff), 16).slice(-75)).toContain("\nfff0  ");
    expect(formatHexDump(bytesOf(0x10001), 16).split("\n").at(-1)).toStartWith("010000  00");
  });
});
