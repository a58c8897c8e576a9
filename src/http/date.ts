const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day";
const MONTH = `(?<month>${MONTHS.join("|")})`;
const TIME = "(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})";

/** The three forms of RFC 9110 §5.6.7: IMF-fixdate, and the obsolete ones that a recipient must take. */
const FORMS = [
  new RegExp(`^${DAY}, (?<day>\\d{2}) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^${LONG_DAY}, (?<day>\\d{2})-${MONTH}-(?<year>\\d{2}) ${TIME} GMT$`),
  new RegExp(`^${DAY} ${MONTH} (?<day>\\d{2}| \\d) ${TIME} (?<year>\\d{4})$`),
];

/** Formats a time, in milliseconds, as an IMF-fixdate (RFC 9110 §5.6.7), in whole seconds. */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString(); // ECMA-262 §21.4.4.43 defines it in this very form
}

/**
 * Parses an HTTP date in any of the three forms of RFC 9110 §5.6.7, and nothing else.
 *
 * @param nowMs decides the century of a two-digit year: the last that is not over 50 years ahead
 * @returns milliseconds, whole seconds; `undefined` for what is no date, also 30 February
 * @example parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT") // 784111777000
 */
export function parseHttpDate(text: string, nowMs: number = Date.now()): number | undefined {
  for (const form of FORMS) {
    const groups = form.exec(text)?.groups;
    if (groups === undefined) continue;
    const { year = "", month = "", day, hour, minute, second } = groups;
    const parts = [MONTHS.indexOf(month), day, hour, minute, second].map(Number);
    if (year.length === 2) return resolveCentury(Number(year), parts, nowMs);
    return toMilliseconds(Number(year), parts);
  }
  return undefined;
}

/** Years ahead, of the whole date and not of its year alone, that a two-digit year can mean. */
const MAX_YEARS_AHEAD = 50;

function resolveCentury(
  twoDigits: number,
  parts: readonly number[],
  nowMs: number,
): number | undefined {
  const limit = new Date(nowMs);
  const thisYear = limit.getUTCFullYear();
  limit.setUTCFullYear(thisYear + MAX_YEARS_AHEAD);
  const century = thisYear - (thisYear % 100);
  return [century + 100, century, century - 100]
    .map((start) => toMilliseconds(start + twoDigits, parts))
    .find((ms) => ms !== undefined && ms <= limit.getTime());
}

/** `undefined` where a part is out of its range, which Date would carry over into the next. */
function toMilliseconds(year: number, parts: readonly number[]): number | undefined {
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  // RFC 9110 §5.6.7 has times up to 23:59:60. POSIX clocks have no leap second: it is the next one.
  const leapMs = hour === 23 && minute === 59 && second === 60 ? 1000 : 0;
  const countedSecond = second - leapMs / 1000;
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  date.setUTCHours(hour, minute, countedSecond);
  const isExact =
    date.getUTCMonth() === month &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === countedSecond;
  return isExact ? date.getTime() + leapMs : undefined;
}
