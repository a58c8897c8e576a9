const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day";
const MONTH = `(?<month>${MONTHS.join("|")})`;
const TIME = "(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})";

/** The three forms of RFC 9110 §5.6.7: IMF-fixdate, and two obsolete ones that we have to accept. */
const FORMS = [
  new RegExp(`^${DAY}, (?<day>\\d{2}) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^${LONG_DAY}, (?<day>\\d{2})-${MONTH}-(?<year>\\d{2}) ${TIME} GMT$`),
  new RegExp(`^${DAY} ${MONTH} (?<day>\\d{2}| \\d) ${TIME} (?<year>\\d{4})$`),
];

/** Formats a time, in milliseconds since 1970, as an IMF-fixdate of whole seconds (RFC 9110 §5.6.7). */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString(); // ECMA-262 §21.4.4.43 defines exactly this form
}

/**
 * Parses an HTTP date in one of the three forms of RFC 9110 §5.6.7.
 *
 * @param nowMs the current time, for a two-digit year: the latest year that is at most 50 years ahead
 * @returns whole seconds, in milliseconds since 1970; `undefined` for another text, or 30 February
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

/** The most years that a date with a two-digit year can be ahead, counted to the day. */
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

/** Converts the parts of a date; `undefined` if one is out of range, which Date would carry over. */
function toMilliseconds(year: number, parts: readonly number[]): number | undefined {
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  // RFC 9110 §5.6.7 allows 23:59:60. POSIX clocks have no leap seconds, so it means the next second.
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
