import { expect, test } from "bun:test";
import { Garbage } from "../../../src/files/slices/garbage.ts";

test("D7 Garbage is collected for every 16 MB that caches give up", () => {
  let collections = 0;
  const garbage = new Garbage(() => collections++);
  for (let count = 0; count < 15; count++) garbage.add(1024 * 1024);
  expect(collections).toBe(0);
  garbage.add(1024 * 1024);
  expect(collections).toBe(1);
  garbage.add(15 * 1024 * 1024);
  expect(collections).toBe(1);
  garbage.add(100 * 1024 * 1024);
  expect(collections).toBe(2);
});
