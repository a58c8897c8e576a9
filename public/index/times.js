/** @import { Page } from "./page.js" */

/**
 * Writes all times in the visitor's zone, as the page comes in the server's, and describes a time when
 * it is pointed at.
 * @param {Page} page
 */
export function wireTimes({ table }) {
  for (const element of table.querySelectorAll("time")) {
    const text = formatLocal(timeOf(element));
    if (text !== undefined) element.textContent = text;
  }
  table.addEventListener("pointerover", ({ target }) => describeTime(target));
}

/**
 * Reads the time of an element. HTML has a space where ECMAScript has a T.
 * @param {HTMLTimeElement} element
 */
function timeOf(element) {
  return new Date(element.dateTime.replace(" ", "T"));
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
 * Formats a local time in the form that the server gave it, so that nothing moves; undefined for a
 * year that ECMAScript cannot read.
 * @param {Date} date
 */
export function formatLocal(date) {
  if (Number.isNaN(date.getTime())) return undefined;
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local
    .toISOString()
    .replace("T", " ")
    .replace(/:[^:]*$/, "");
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
