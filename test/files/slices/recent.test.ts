import { expect, test } from "bun:test";
import { Recent } from "../../../src/files/slices/recent.ts";

test("Recent keeps those that were used last", () => {
  const recent = new Recent<number>(2);
  expect(recent.peek("a")).toBeUndefined();
  expect(recent.use("a", 1)).toBe(1);
  recent.use("b", 2);
  recent.use("a", 3);
  recent.peek("b");
  recent.use("c", 4);
  expect(["a", "b", "c"].map((key) => recent.peek(key))).toEqual([3, undefined, 4]);
});
