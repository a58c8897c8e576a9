import { describe, expect, test } from "bun:test";
import { Recent } from "../../../src/files/slices/recent.ts";

describe("Recent", () => {
  test("keeps the values that were used last", () => {
    const recent = new Recent<number>({ most: 2 });
    expect(recent.peek("a")).toBeUndefined();
    expect(recent.use("a", 1)).toBe(1);
    recent.use("b", 2);
    recent.use("a", 3);
    recent.peek("b");
    recent.use("c", 4);
    expect(["a", "b", "c"].map((key) => recent.peek(key))).toEqual([3, undefined, 4]);
  });

  test("counts by weight, and weighs at each use", () => {
    const recent = new Recent<{ bytes: number }>({ most: 10, weigh: ({ bytes }) => bytes });
    const growing = { bytes: 2 };
    recent.use("growing", growing);
    recent.use("b", { bytes: 4 });
    recent.use("c", { bytes: 4 });
    growing.bytes = 5;
    expect([recent.size, recent.weight]).toEqual([3, 10]);
    recent.use("growing", growing);
    expect(["growing", "b", "c"].map((key) => recent.peek(key)?.bytes)).toEqual([5, undefined, 4]);
    expect([recent.size, recent.weight]).toEqual([2, 9]);
  });

  test("does not keep a value that is too heavy, nor the one in its place, and drops no other", () => {
    const recent = new Recent<number>({ most: 10, weigh: (weight) => weight });
    recent.use("a", 3);
    recent.use("b", 3);
    expect(recent.use("b", 11)).toBe(11);
    expect([recent.peek("a"), recent.peek("b"), recent.weight]).toEqual([3, undefined, 3]);
  });

  test("forgets", () => {
    const recent = new Recent<number>({ most: 10, weigh: (weight) => weight });
    recent.use("a", 3);
    recent.use("b", 4);
    recent.delete("a");
    recent.delete("nothing");
    expect([recent.size, recent.weight]).toEqual([1, 4]);
    recent.clear();
    expect([recent.size, recent.weight, recent.peek("b")]).toEqual([0, 0, undefined]);
  });
});
