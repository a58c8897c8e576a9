import { expect, test } from "bun:test";
import { formatMs, formatScale, formatTime } from "../../../public/workbench/format.js";

test("formatTime() is local, to the millisecond", () => {
  expect(formatTime(new Date(2026, 0, 2, 3, 4, 5, 6))).toBe("03:04:05.006");
});

test.each([
  [undefined, "–"],
  [0, "<0.1 ms"],
  [0.099, "<0.1 ms"],
  [0.1, "0.1 ms"],
  [12.34, "12.3 ms"],
  // What rounds up to 100.0 needs no decimal.
  [99.94, "99.9 ms"],
  [99.95, "100 ms"],
  [9999.4, "9999 ms"],
  [9999.5, "10.0 s"],
  [61_000, "61.0 s"],
])("formatMs(%p) is %j", (ms, wanted) => {
  expect(formatMs(ms)).toBe(wanted);
});

test.each([
  // 0.1 + 0.2
  [0.30000000000000004, "0.3 ms"],
  [0.05, "0.05 ms"],
  [500, "500 ms"],
  [1000, "1 s"],
  [2500, "2.5 s"],
])("formatScale(%p) is %j", (ms, wanted) => {
  expect(formatScale(ms)).toBe(wanted);
});
