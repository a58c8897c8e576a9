import { describe, expect, test } from "bun:test";
import { FieldMemo } from "../../src/http/field-memo.ts";

/** A memo that keeps two values, and what it has read so far. */
function makeMemo() {
  const read: string[] = [];
  const memo = new FieldMemo((field) => {
    read.push(field);
    return field.toUpperCase();
  }, 2);
  return { memo, read };
}

const LONG = "x".repeat(257);

describe("FieldMemo", () => {
  test.each([
    ["a value that comes again", ["a", "a"], ["a"]],
    ["values that take turns", ["a", "b", "a", "b"], ["a", "b"]],
    ["all of them once there are too many", ["a", "b", "c", "a"], ["a", "b", "c", "a"]],
    ["none that is long", [LONG, LONG], [LONG, LONG]],
    ["an empty one", ["", ""], [""]],
  ])("remembers %s", (_, fields, expected) => {
    const { memo, read } = makeMemo();
    expect(fields.map((field) => memo.get(field))).toEqual(
      fields.map((field) => field.toUpperCase()),
    );
    expect(read).toEqual(expected);
  });

  test("clear() forgets the last value too", () => {
    const { memo, read } = makeMemo();
    memo.get("a");
    memo.clear();
    memo.get("a");
    expect(read).toEqual(["a", "a"]);
  });
});
