import { describe, expect, test } from "bun:test";
import { sortInSlices } from "../../../src/files/slices/sliced-sort.ts";
import { finish } from "../../helpers/finish.ts";

/** Many ties, in an order that is no order. */
function scatter(length: number): { readonly key: number; readonly index: number }[] {
  return Array.from({ length }, (_, index) => ({ key: (index * 7919) % 97, index }));
}

describe("sortInSlices()", () => {
  // Around the ends of slices, and of pairs of runs.
  test.each([0, 1, 2, 2047, 2048, 2049, 4096, 4097, 6145, 20_000])(
    "sorts %d items stably",
    (length) => {
      const items = scatter(length);
      const byKey = (a: { readonly key: number }, b: { readonly key: number }) => a.key - b.key;
      expect(finish(sortInSlices(items, byKey))).toEqual(items.toSorted(byKey));
    },
  );
});
