import { describe, expect, test } from "bun:test";
import { formatHttpDate, parseHttpDate } from "../../src/http/date.ts";

const NOW = Date.UTC(2026, 10, 21);
const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37);

describe("parseHttpDate() (RFC 9110 §5.6.7)", () => {
  test.each([
    "",
    "yesterday",
    "1994-11-06T08:49:37Z",
    "784111777",
    "sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 nov 1994 08:49:37 GMT",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 +0000",
    "Sun, 06 Nov 1994 08:49:37 GMT ",
    " Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 8:49:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 08:60:37 GMT",
    "Sun, 06 Nov 1994 08:49:60 GMT",
    "Sun, 06 Nov 1994 23:59:61 GMT",
    "Sunday, 29-Feb-26 08:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
    "Fri, 30 Feb 2024 08:49:37 GMT",
    "Wed, 29 Feb 2023 08:49:37 GMT",
    "Sun, 06 Nov 94 08:49:37 GMT",
    "Sunday, 06-Nov-1994 08:49:37 GMT",
    "Sun, 06-Nov-94 08:49:37 GMT",
    "Sun Nov 06 08:49:37 1994 GMT",
    "Sun Nov 6 08:49:37 1994",
    "Xyz, 06 Nov 1994 08:49:37 GMT",
  ])("refuses %j", (text) => {
    expect(parseHttpDate(text, NOW)).toBeUndefined();
  });

  test.each([
    ["Sun, 06 Nov 1994 08:49:37 GMT", EXAMPLE],
    ["Sunday, 06-Nov-94 08:49:37 GMT", EXAMPLE],
    ["Sun Nov  6 08:49:37 1994", EXAMPLE],
    ["Thu, 29 Feb 2024 23:59:59 GMT", Date.UTC(2024, 1, 29, 23, 59, 59)],
    ["Thu Feb 29 23:59:59 2024", Date.UTC(2024, 1, 29, 23, 59, 59)],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["Fri, 31 Dec 9999 23:59:59 GMT", Date.UTC(9999, 11, 31, 23, 59, 59)],
    // A leap second is the same as the first second of the next day, as it is to every clock here.
    ["Sat, 31 Dec 2016 23:59:60 GMT", Date.UTC(2017, 0, 1)],
    // Two digits are the year that is not over 50 years ahead, to the second.
    ["Saturday, 21-Nov-76 00:00:00 GMT", Date.UTC(2076, 10, 21)],
    ["Sunday, 21-Nov-76 00:00:01 GMT", Date.UTC(1976, 10, 21, 0, 0, 1)],
    ["Friday, 01-Jan-76 00:00:00 GMT", Date.UTC(2076, 0, 1)],
    ["Friday, 01-Jan-77 00:00:00 GMT", Date.UTC(1977, 0, 1)],
    ["Friday, 01-Jan-00 00:00:00 GMT", Date.UTC(2000, 0, 1)],
  ])("reads %j", (text, ms) => {
    expect(parseHttpDate(text, NOW)).toBe(ms);
  });

  test("reads two digits as a year of the next century where that is nearer", () => {
    const ms = parseHttpDate("Wednesday, 01-Jan-10 00:00:00 GMT", Date.UTC(2080, 0, 1));
    expect(ms).toBe(Date.UTC(2110, 0, 1));
  });

  test("reads back what formatHttpDate() writes, in whole seconds", () => {
    for (let ms = 0; ms < 4e12; ms += 86_413_337_123) {
      expect(parseHttpDate(formatHttpDate(ms))).toBe(Math.floor(ms / 1000) * 1000);
    }
  });
});
