import { describe, expect, test } from "bun:test";
import { formatSize as formatInWorkbench } from "../../../public/workbench/size.js";
import { formatCount, formatSize as formatInListing } from "../../../src/files/listing/size.ts";

/** One rule in two places, as `size.js` says why. */
describe.each([
  ["the listing", formatInListing],
  ["the workbench", formatInWorkbench],
])("formatSize() of %s", (_, formatSize) => {
  test.each([
    [0, "0 B"],
    [1, "1 B"],
    [1023, "1023 B"],
    [1024, "1.0 KB"],
    [1025, "1.0 KB"],
    [4096, "4.0 KB"],
    [10_188, "9.9 KB"],
    // 9.95 KB and more round to 10: no decimal.
    [10_189, "10 KB"],
    [1024 * 1023, "1023 KB"],
    // 1023.5 KB and more would read as 1024 KB.
    [1024 * 1024 - 512, "1.0 MB"],
    [1024 ** 2, "1.0 MB"],
    [1_843_201, "1.8 MB"],
    [1024 ** 3, "1.0 GB"],
    [1024 ** 4, "1.0 TB"],
    [1024 ** 5, "1.0 PB"],
    [Number.MAX_SAFE_INTEGER, "8.0 PB"],
    [1024 ** 7, "1024 EB"],
  ])("of %d is %s", (bytes, wanted) => {
    expect(formatSize(bytes)).toBe(wanted);
  });
});

test("formatCount() groups digits", () => {
  expect(formatCount(999)).toBe("999");
  expect(formatCount(1_843_201)).toBe("1,843,201");
});
