import { describe, expect, test } from "bun:test";
import { chooseMediaType } from "../../src/http/accept.ts";
import { parseQualityList } from "../../src/http/quality.ts";

describe("parseQualityList() (RFC 9110 §12.4.2)", () => {
  test.each([
    ["", []],
    [",, ,", []],
    ["a", [["a", 1]]],
    [
      "A;q=0.5, b",
      [
        ["a", 0.5],
        ["b", 1],
      ],
    ],
    ["a ; q=0.123", [["a", 0.123]]],
    ["a;Q=0", [["a", 0]]],
    ["a;q=1.000", [["a", 1]]],
    // A weight that is none leaves its element out.
    ["a;q=2, b", [["b", 1]]],
    ["a;q=-1, b", [["b", 1]]],
    ["a;q=0.1234, b", [["b", 1]]],
    ["a;q=, b", [["b", 1]]],
    ["a;q=x, b", [["b", 1]]],
    ["a;q=.5, b", [["b", 1]]],
    ["a;q, b", [["b", 1]]],
    ["a;q =0.5, b", [["b", 1]]],
    // A parameter whose name only begins like the weight's is another one.
    ["a;quick=0", [["a", 1]]],
    // Separators in quotes are none.
    [
      'a;x="1,2;q=0";q=0.3, b',
      [
        ["a", 0.3],
        ["b", 1],
      ],
    ],
    [
      'a;x="\\",", b',
      [
        ["a", 1],
        ["b", 1],
      ],
    ],
    ['a;x="open, b', [["a", 1]]],
  ] as const)("reads %j", (field, elements) => {
    const read = parseQualityList(field).map(({ value, quality }) => [value, quality]);
    expect(read as unknown).toEqual(elements);
  });

  test("leaves out an element that is cut off, whose weight may be missing", () => {
    // The 4096 characters that are read end behind the blanks.
    const elements = parseQualityList(`${"a,".repeat(2046)}gz  ;q=0`);
    expect(elements).toHaveLength(2046);
    expect(elements.at(-1)?.value).toBe("a");
  });

  test("does not read on without end", () => {
    expect(parseQualityList("a,".repeat(100_000)).length).toBeLessThanOrEqual(4096);
  });
});

describe("chooseMediaType() (RFC 9110 §12.5.1)", () => {
  const OFFERED = ["text/html", "application/json", "text/plain"];

  test.each([
    [undefined, "text/html"],
    ["*/*", "text/html"],
    ["application/json", "application/json"],
    ["APPLICATION/JSON", "application/json"],
    ["text/*", "text/html"],
    ["text/plain, text/html", "text/html"],
    ["text/html;q=0.9, text/plain", "text/plain"],
    ["text/html;q=0, */*", "application/json"],
    ["text/*;q=0.5, text/plain;q=0.8, */*;q=0.1", "text/plain"],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"],
    // A range with parameters is taken for its type, but does not speak for the type without them.
    ["application/json;charset=utf-8", "application/json"],
    ["text/html;level=1;q=0.3, text/html;q=0.7, text/plain;q=0.5", "text/html"],
    ["text/html;level=1, text/html;q=0.4, text/plain;q=0.5", "text/plain"],
    ["text/html;level=1;q=0, */*", "text/html"],
    ["", undefined],
    ["image/png", undefined],
    ["*/*;q=0", undefined],
    ["text", undefined],
    ['garbage;;;q==,,"', undefined],
  ])("%j chooses %s", (field, type) => {
    expect(chooseMediaType(field, OFFERED)).toBe(type);
  });
});
