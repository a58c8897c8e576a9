import { describe, expect, test } from "bun:test";
import { median, percentile } from "./stats.ts";

describe("median()", () => {
  test("refuses no values", () => expect(() => median([])).toThrow("no values"));
  test.each([
    [[7], 7],
    [[9, 1, 5], 5],
    [[10, 2, 9, 1], 5.5], // as numbers: as text, 10 would come before 2
  ])("%j: %d", (values, expected) => expect(median(values)).toBe(expected));

  test("leaves the values in their order", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe("percentile()", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  test("refuses no values", () => expect(() => percentile([], 0.5)).toThrow("no values"));
  test.each([
    [[4], 0.99, 4],
    [[4], 0, 4],
    [[1, 2, 3, 4], 0.5, 2],
    [hundred, 0.99, 99],
    [hundred, 1, 100],
  ])("%j at %d: %d", (values, share, expected) => expect(percentile(values, share)).toBe(expected));
});
