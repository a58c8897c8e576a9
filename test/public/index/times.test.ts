import { expect, test } from "bun:test";
import { formatLocal, formatRelative } from "../../../public/index/times.js";

test("formatLocal() is local, to the minute, in the form of the server", () => {
  expect(formatLocal(new Date(2026, 0, 2, 3, 4, 59))).toBe("2026-01-02 03:04");
});

test("formatLocal() knows no time that is none", () => {
  expect(formatLocal(new Date(Number.NaN))).toBeUndefined();
});

const SECOND = 1000;
const DAY = 86_400 * SECOND;

test.each([
  [0, "now"],
  [-999, "now"],
  [-59 * SECOND, "59 seconds ago"],
  [-60 * SECOND, "1 minute ago"],
  [90 * SECOND, "in 1 minute"],
  [-23.9 * 3600 * SECOND, "23 hours ago"],
  [-DAY, "yesterday"],
  [-6 * DAY, "6 days ago"],
  [-7 * DAY, "last week"],
  [-800 * DAY, "2 years ago"],
])("formatRelative(%p) is %j", (ms, wanted) => {
  expect(formatRelative(ms, "en")).toBe(wanted);
});
