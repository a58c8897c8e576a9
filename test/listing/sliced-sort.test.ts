import { describe, expect, test } from "bun:test";
import { mapInSlices, sortInSlices, waitFor } from "../../src/listing/sliced-sort.ts";
import { finish } from "../helpers/finish.ts";

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

describe("mapInSlices()", () => {
  test.each([0, 1, 512, 513, 2000])("maps %d items, in order", (length) => {
    const items = scatter(length);
    expect(finish(mapInSlices(items, ({ index }) => index))).toEqual([...items.keys()]);
  });
});

describe("waitFor()", () => {
  test("gives the value, or throws the reason, of a promise that was waited for", async () => {
    const broken = new Error("broken");
    const resolved = waitFor(Promise.resolve(42));
    const rejected = waitFor(Promise.reject(broken));
    await Promise.all([resolved.next().value, rejected.next().value]);
    expect(resolved.next()).toEqual({ done: true, value: 42 });
    expect(() => rejected.next()).toThrow(broken);
  });

  test("is nothing that finish() could do at once", () => {
    expect(() => finish(waitFor(Promise.resolve(42)))).toThrow("this work waits");
  });
});
