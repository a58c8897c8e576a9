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
 * @param nowMs decides the century of a two-digit year: the one not over 50 years from now
 * @returns milliseconds, whole seconds; `undefined` for what is no date, also 30 February
 * @example parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT") // 784111777000
 */
export function parseHttpDate(text: string, nowMs: number = Date.now()): number | undefined {
  for (const form of FORMS) {
    const groups = form.exec(text)?.groups;
    if (groups === undefined) continue;
    const { year = "", month = "", day, hour, minute, second } = groups;
    const fullYear = year.length === 2 ? resolveYear(Number(year), nowMs) : Number(year);
    const parts = [fullYear, MONTHS.indexOf(month), day, hour, minute, second].map(Number);
    return toMilliseconds(parts);
  }
  return undefined;
}

function resolveYear(twoDigits: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + twoDigits;
  return year > thisYear + 50 ? year - 100 : year;
}

/** `undefined` where a part is out of its range, which Date would carry over into the next. */
function toMilliseconds(parts: readonly number[]): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  date.setUTCHours(hour, minute, second);
  const isExact =
    date.getUTCMonth() === month &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  return isExact ? date.getTime() : undefined;
}
