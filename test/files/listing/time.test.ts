import { afterEach, describe, expect, test } from "bun:test";
import { formatIsoTime, formatListTime, formatLocalTime } from "../../../src/files/listing/time.ts";

const zoneBefore = process.env.TZ;
afterEach(() => {
  process.env.TZ = zoneBefore ?? "UTC";
});

const WINTER = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const SUMMER = Date.UTC(2026, 6, 2, 23, 4, 5);

describe("formatLocalTime()", () => {
  test.each([
    ["UTC", WINTER, "2026-01-02 03:04", "2026-01-02 03:04:05Z"],
    ["Europe/Berlin", WINTER, "2026-01-02 04:04", "2026-01-02 04:04:05+01:00"],
    ["Europe/Berlin", SUMMER, "2026-07-03 01:04", "2026-07-03 01:04:05+02:00"],
    ["America/St_Johns", WINTER, "2026-01-01 23:34", "2026-01-01 23:34:05-03:30"],
    ["Asia/Kathmandu", SUMMER, "2026-07-03 04:49", "2026-07-03 04:49:05+05:45"],
    ["UTC", 0, "1970-01-01 00:00", "1970-01-01 00:00:00Z"],
    ["UTC", -1, "1969-12-31 23:59", "1969-12-31 23:59:59Z"],
  ])("in %s, of %d: %s", (zone, ms, text, datetime) => {
    process.env.TZ = zone;
    expect(formatLocalTime(ms)).toEqual({ text, datetime });
    const read = new Date(datetime.replace(" ", "T")).getTime();
    expect(read).toBe(Math.floor(ms / 1000) * 1000);
  });
});

// Some file systems keep times that no date can hold, and any user can set one.
test.each([undefined, Number.NaN, Infinity, -Infinity, 8.64e15 + 1, 9.2e18])(
  "formatLocalTime() and formatIsoTime() give nothing for %p",
  (ms) => {
    expect(formatLocalTime(ms)).toBeUndefined();
    expect(formatIsoTime(ms)).toBeUndefined();
  },
);

test("formatIsoTime() is in UTC and exact to the millisecond", () => {
  process.env.TZ = "Asia/Kathmandu";
  expect(formatIsoTime(WINTER)).toBe("2026-01-02T03:04:05.678Z");
  expect(formatIsoTime(WINTER + 0.9)).toBe("2026-01-02T03:04:05.678Z");
});

test.each([
  [WINTER, "02-Jan-2026 03:04"],
  [SUMMER, "02-Jul-2026 23:04"],
  [0, "01-Jan-1970 00:00"],
  [-1, "31-Dec-1969 23:59"],
  [Date.UTC(9999, 11, 31, 23, 59, 59), "31-Dec-9999 23:59"],
  [Date.UTC(10000, 0, 1), undefined],
  [new Date("-000001-01-01T00:00:00Z").getTime(), undefined],
  [8.65e15, undefined],
  [Infinity, undefined],
  [NaN, undefined],
  [undefined, undefined],
])("formatListTime(%p) is %p, whatever the zone", (ms, wanted) => {
  for (const zone of ["UTC", "America/St_Johns"]) {
    process.env.TZ = zone;
    expect(formatListTime(ms)).toBe(wanted);
  }
});
