import { describe, expect, test } from "bun:test";
import { finish, mapInSlices, sortInSlices } from "../../src/listing/sliced-sort.ts";

/** Many ties, in an order that is no order. */
function scatter(length: number): { readonly key: number; readonly index: number }[] {
  return Array.from({ length }, (_, index) => ({ key: (index * 7919) % 97, index }));
}

describe("sortInSlices()", () => {
  // Around the ends of slices, and of pairs of runs.
  test.each([0, 1, 2, 511, 512, 513, 1024, 1025, 1537, 5000])("sorts %d items stably", (length) => {
    const items = scatter(length);
    const byKey = (a: { readonly key: number }, b: { readonly key: number }) => a.key - b.key;
    expect(finish(sortInSlices(items, byKey))).toEqual(items.toSorted(byKey));
  });
});

describe("mapInSlices()", () => {
  test.each([0, 1, 512, 513, 2000])("maps %d items, in order", (length) => {
    const items = scatter(length);
    expect(finish(mapInSlices(items, ({ index }) => index))).toEqual([...items.keys()]);
  });
});
