import { expect, test } from "bun:test";
import { formatExact, formatRelative, formatTime } from "../../../public/index/times.js";

const NOW = new Date(2026, 10, 27, 23, 59, 30);

test.each([
  [new Date(2026, 10, 27, 14, 12, 59), "14:12"],
  [new Date(2026, 10, 27, 0, 0, 0), "00:00"],
  [NOW, "23:59"],
  [new Date(2026, 10, 26, 23, 59, 59), "26 Nov"],
  [new Date(2026, 0, 1, 0, 0, 0), "1 Jan"],
  // A clock may be ahead.
  [new Date(2026, 10, 28, 0, 0, 0), "28 Nov"],
  [new Date(2025, 11, 31, 23, 59, 59), "2025-12-31"],
  [new Date(2023, 11, 31), "2023-12-31"],
  [new Date(2027, 0, 1), "2027-01-01"],
  // The same day of another year.
  [new Date(2025, 10, 27, 23, 59, 30), "2025-11-27"],
  [new Date(Date.UTC(1970, 5, 1)), "1970-06-01"],
  [new Date(12026, 10, 27), "12026-11-27"],
])("formatTime(%p) is %j", (date, wanted) => {
  expect(formatTime(date, NOW)).toBe(wanted);
});

test("formatExact() is local, to the minute, in the form of the server", () => {
  expect(formatExact(new Date(2026, 0, 2, 3, 4, 59))).toBe("2026-01-02 03:04");
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
