import { describe, expect, test } from "bun:test";
import { mapInSlices, waitFor } from "../../../src/files/slices/sliced.ts";
import { finish } from "../../helpers/finish.ts";

describe("mapInSlices()", () => {
  test.each([0, 1, 512, 513, 2000])("maps %d items, in order", (length) => {
    const items = Array.from({ length }, (_, index) => `${index}`);
    expect(finish(mapInSlices(items, (item) => Number(item)))).toEqual([...items.keys()]);
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
