/** The limit of ECMAScript dates; a file system's may lie beyond, and a date made of one throws. */
const MAX_DATE_MS = 8.64e15;

const ISO_TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}:\d{2})/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A time in two forms: for a reader, and for a program. */
export interface LocalTime {
  /** `2026-01-02 03:04`, in the server's zone. */
  readonly text: string;
  /** The value of `datetime` in HTML: with seconds and offset, `2026-01-02 03:04:05+01:00`. */
  readonly datetime: string;
}

/**
 * Formats a time in the zone of the server.
 *
 * The form for programs repeats the one for readers literally, with a space for the `T` as HTML
 * allows: so a thousand of them compress to half.
 *
 * @param ms since 1970
 * @returns `undefined` for a time that no date can express
 */
export function formatLocalTime(ms: number | undefined): LocalTime | undefined {
  if (!isExpressible(ms)) return undefined;
  const date = new Date(ms);
  const day = `${pad(date.getFullYear(), 4)}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  const text = `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}`;
  return { text, datetime: `${text}:${pad(date.getSeconds())}${formatOffset(date)}` };
}

/** Formats a time by ISO 8601, in UTC; `undefined` for a time that no date can express. */
export function formatIsoTime(ms: number | undefined): string | undefined {
  return isExpressible(ms) ? new Date(ms).toISOString() : undefined;
}

/**
 * Formats a time as Apache and nginx do in their listings, in UTC.
 *
 * @returns `undefined` for a year of more or fewer than four digits
 * @example formatListTime(0) // "01-Jan-1970 00:00"
 */
export function formatListTime(ms: number | undefined): string | undefined {
  const iso = formatIsoTime(ms);
  const [, year, month, day, time] = ISO_TIME.exec(iso ?? "") ?? [];
  return year && `${day}-${MONTHS[Number(month) - 1]}-${year} ${time}`;
}

function isExpressible(ms: number | undefined): ms is number {
  return ms !== undefined && Math.abs(ms) <= MAX_DATE_MS;
}

function formatOffset(date: Date): string {
  const eastMinutes = -date.getTimezoneOffset();
  if (eastMinutes === 0) return "Z";
  const minutes = Math.abs(eastMinutes);
  return `${eastMinutes < 0 ? "-" : "+"}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

function pad(value: number, width = 2): string {
  return String(value).padStart(width, "0");
}
