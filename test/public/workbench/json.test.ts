import { describe, expect, test } from "bun:test";
import { isJson, layOutJson } from "../../../public/workbench/json.js";

const textOf = (json: string) =>
  layOutJson(json)
    .map(({ text }) => text)
    .join("");

test.each([
  ["{", false],
  ["[1,]", false],
  ["1", false], // a number alone is better shown as text
  ['"a"', false],
  ["", false],
  ["[".repeat(100_000), false],
  [" {}", true],
  ["[1]", true],
])("isJson(%j) is %p", (text, wanted) => {
  expect(isJson(text)).toBe(wanted);
});

describe("layOutJson()", () => {
  test.each([
    "{}",
    "[]",
    "[[],{}]",
    '{"a":1,"b":[true,null,-1.5],"c":{"d":"e"}}',
    '{"a \\" { ,:[":"\\\\","\\n":""}',
    '["ß 🍉","{\\"a\\":[1]}"]',
    " [ 1 ,\n2 ] ",
  ])("indents %s as JSON.stringify() does", (json) => {
    expect(textOf(json)).toBe(JSON.stringify(JSON.parse(json), null, 2));
  });

  test.each(["[12345678901234567890, 1e999, 1.0]", '{"a":1,"a":2}'])(
    "keeps what a parser would change: %s",
    (json) => {
      expect(textOf(json).replace(/\s+/g, "")).toBe(json.replaceAll(" ", ""));
    },
  );

  test("names keys, strings, numbers and words", () => {
    expect(layOutJson('{"a":["b",-1,true]}').filter(({ kind }) => kind !== "plain")).toEqual([
      { kind: "key", text: '"a"' },
      { kind: "string", text: '"b"' },
      { kind: "number", text: "-1" },
      { kind: "word", text: "true" },
    ]);
  });

  test("has one color for very many values", () => {
    const json = JSON.stringify(Array.from({ length: 10_000 }, (_, index) => index));
    expect(layOutJson(json)).toHaveLength(1);
  });

  test("of 100,000 levels stays small", () => {
    const json = "[".repeat(100_000) + "]".repeat(100_000);
    expect(textOf(json).length).toBeLessThan(20_000_000);
  });
});
