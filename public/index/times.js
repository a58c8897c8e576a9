/** @import { Page } from "./page.js" */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * Writes all times in the visitor's zone, as the page comes in the server's: as people say them on the
 * screen, in full on paper. Describes a time when it is pointed at.
 * @param {Page} page
 */
export function wireTimes({ table }) {
  const times = [...table.querySelectorAll("time")];
  let today = "";
  const write = () => {
    const now = new Date();
    today = now.toDateString();
    writeAll(times, (date) => formatTime(date, now));
  };
  // The day may have changed since the page was left.
  const writeAnew = () => {
    if (today !== new Date().toDateString()) write();
  };
  write();
  addEventListener("pageshow", writeAnew);
  document.addEventListener("visibilitychange", writeAnew);
  addEventListener("beforeprint", () => writeAll(times, formatExact));
  addEventListener("afterprint", write);
  table.addEventListener("pointerover", ({ target }) => describeTime(target));
}

/**
 * Writes times; those of a year that ECMAScript cannot read stay as they came.
 * @param {readonly HTMLTimeElement[]} times
 * @param {(date: Date) => string} format
 */
function writeAll(times, format) {
  for (const element of times) {
    const date = timeOf(element);
    if (!Number.isNaN(date.getTime())) element.textContent = format(date);
  }
}

/**
 * Reads the time of an element. HTML has a space where ECMAScript has a T.
 * @param {HTMLTimeElement} element
 */
function timeOf(element) {
  return new Date(element.dateTime.replace(" ", "T"));
}

/**
 * Formats a local time as people say it: the hour of today, the day of this year, else the date.
 * @param {Date} date
 * @param {Date} now
 */
export function formatTime(date, now) {
  if (date.getFullYear() !== now.getFullYear()) return formatDay(date);
  const isToday = date.getMonth() === now.getMonth() && date.getDate() === now.getDate();
  return isToday ? formatHour(date) : `${date.getDate()} ${MONTHS[date.getMonth()]}`;
}

/**
 * Formats a local time in the form that the server gave it.
 * @param {Date} date
 */
export function formatExact(date) {
  return `${formatDay(date)} ${formatHour(date)}`;
}

/** @param {Date} date */
function formatDay(date) {
  return `${pad(date.getFullYear(), 4)}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/** @param {Date} date */
function formatHour(date) {
  return `${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

/** @param {number} value */
function pad(value, width = 2) {
  return String(value).padStart(width, "0");
}

/**
 * Gives a time its tooltip at the moment it is looked at: “5 minutes ago” does not stay true.
 * @param {EventTarget | null} element
 */
function describeTime(element) {
  if (!(element instanceof HTMLTimeElement)) return;
  const date = timeOf(element);
  if (Number.isNaN(date.getTime())) return;
  const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
  element.title = `${formatRelative(date.getTime() - Date.now())}\n${whole.format(date)}`;
}

/**
 * Formats a distance in time, negative in the past, in its largest whole unit.
 * @param {number} ms
 * @param {string} [locale] the visitor's by default
 */
export function formatRelative(ms, locale) {
  const seconds = ms / 1000;
  /** @type {[unit: Intl.RelativeTimeFormatUnit, seconds: number][]} */
  const units = [
    ["year", 31_556_952],
    ["month", 2_629_746],
    ["week", 604_800],
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ];
  const [unit, length] = units.find(([, each]) => Math.abs(seconds) >= each) ?? ["second", 1];
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  return format.format(Math.trunc(seconds / length), unit);
}
