// The index of a directory works without this script, which adds times in the visitor's zone, the
// filter, the keys and their help. The keys move the focus from link to link, so Enter, Tab and
// screen readers need no help from here. Names are only ever written as text.

const filter = find("#filter", HTMLInputElement);
const matches = find("#matches", HTMLElement);
const help = find("#help", HTMLButtonElement);
const table = find("table", HTMLTableElement);
const rows = [...document.querySelectorAll("#rows tr")].filter((row) => row instanceof HTMLElement);

/** The text that each row is found by, in the order of the rows. */
const names = rows.map((row) => fold(linkOf(row)?.textContent ?? ""));

/** @type {[names: string[], meaning: string][]} */
const keys = [
  [["/"], "Filter the names"],
  [["Esc"], "Clear the filter"],
  [["j", "↓"], "Next"],
  [["k", "↑"], "Previous"],
  [["Enter"], "Open"],
  [["Backspace"], "Up to the parent directory"],
  [["?"], "This help"],
];

/** @type {Record<string, () => void>} */
const actions = {
  "/": () => filter.select(),
  j: () => moveSelection(1),
  ArrowDown: () => moveSelection(1),
  k: () => moveSelection(-1),
  ArrowUp: () => moveSelection(-1),
  Backspace: () => document.getElementById("up")?.click(),
  Escape: () => clearFilter(),
  "?": () => showHelp(),
};

localizeTimes();
filter.hidden = false;
help.hidden = false;
applyFilter();

filter.addEventListener("input", applyFilter);
// A browser that comes back to this page puts back what was typed: most before this event, WebKit after.
addEventListener("pageshow", () => setTimeout(applyFilter));
filter.addEventListener("keydown", onFilterKey);
help.addEventListener("click", showHelp);
document.addEventListener("keydown", onKey);
table.addEventListener("pointerover", ({ target }) => describeTime(target));

/**
 * Returns the first element of this class that the selector finds; throws if the page has none.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 */
function find(selector, type) {
  const found = document.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} ${selector}`);
  return found;
}

/** @param {Element} row */
function linkOf(row) {
  return row.querySelector("a");
}

// Times

/** Writes all times in the visitor's zone: the page comes in the server's. */
function localizeTimes() {
  for (const element of table.querySelectorAll("time")) {
    const text = formatLocal(timeOf(element));
    if (text !== undefined) element.textContent = text;
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
 * Writes a local time in the form that the server gave it, so that nothing moves; undefined for a
 * year that ECMAScript cannot read.
 * @param {Date} date
 */
function formatLocal(date) {
  if (Number.isNaN(date.getTime())) return undefined;
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local
    .toISOString()
    .replace("T", " ")
    .replace(/:[^:]*$/, "");
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
  element.title = `${formatRelative(date)}\n${whole.format(date)}`;
}

/** @param {Date} date */
function formatRelative(date) {
  const seconds = (date.getTime() - Date.now()) / 1000;
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
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  return format.format(Math.trunc(seconds / length), unit);
}

// Filter

/**
 * Returns a text without its case and accents, as the filter compares it.
 * @param {string} text
 */
function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function applyFilter() {
  const wanted = fold(filter.value);
  let count = 0;
  rows.forEach((row, index) => {
    const isMatch = names[index]?.includes(wanted) === true;
    if (isMatch) count += 1;
    // Only what changes is written: a layout of a thousand rows costs more than the comparison.
    if (row.hidden === isMatch) row.hidden = !isMatch;
  });
  matches.textContent = wanted === "" ? "" : describeMatches(count);
}

/** @param {number} count */
function describeMatches(count) {
  const total = rows.length.toLocaleString("en");
  return count === 0 ? "No match" : `${count.toLocaleString("en")} of ${total}`;
}

function clearFilter() {
  if (filter.value === "") return filter.blur();
  filter.value = "";
  applyFilter();
}

/** @param {KeyboardEvent} event */
function onFilterKey(event) {
  if (event.isComposing) return;
  if (event.key === "Escape") clearFilter();
  else if (event.key === "Enter" || event.key === "ArrowDown") focusFirstMatch();
  else return;
  event.preventDefault();
}

function focusFirstMatch() {
  const first = rows.find((row) => !row.hidden);
  if (first !== undefined) linkOf(first)?.focus();
}

// Keys

/** @param {KeyboardEvent} event */
function onKey(event) {
  const { key, target, ctrlKey, metaKey, altKey, isComposing } = event;
  const isTyping =
    target instanceof Element && target.matches("input, textarea, select, [contenteditable]");
  if (isTyping || ctrlKey || metaKey || altKey || isComposing) return;
  if (document.querySelector("dialog[open]") !== null || !Object.hasOwn(actions, key)) return;
  event.preventDefault();
  actions[key]?.();
}

/**
 * Returns the links of the rows that show, the way up included.
 * @returns {HTMLAnchorElement[]}
 */
function links() {
  return [...table.querySelectorAll("tbody tr:not([hidden])")]
    .map((row) => linkOf(row))
    .filter((link) => link !== null);
}

/** @param {1 | -1} step */
function moveSelection(step) {
  const all = links();
  const current = all.findIndex((link) => link === document.activeElement);
  const next = current < 0 ? firstInView(all) : all[current + step];
  next?.focus();
}

/**
 * Returns the first link below the sticky head: the selection starts where the reader is.
 * @param {HTMLAnchorElement[]} all
 */
function firstInView(all) {
  const top = table.tHead?.getBoundingClientRect().bottom ?? 0;
  return all.find((link) => link.getBoundingClientRect().bottom > Math.max(top, 0)) ?? all[0];
}

// Help

function showHelp() {
  const dialog = document.querySelector("dialog") ?? document.body.appendChild(makeHelp());
  dialog.showModal();
}

function makeHelp() {
  const list = make("dl", {}, ...keys.flatMap(([names, meaning]) => makeKey(names, meaning)));
  const close = make("button", {}, "Close");
  const heading = make("h2", { id: "help-title" }, "Keys");
  const form = make("form", { method: "dialog" }, heading, list, close);
  return make("dialog", { "aria-labelledby": "help-title" }, form);
}

/**
 * @param {string[]} names
 * @param {string} meaning
 */
function makeKey(names, meaning) {
  const pressed = names.flatMap((name, index) => [index === 0 ? "" : " ", make("kbd", {}, name)]);
  return [make("dt", {}, ...pressed), make("dd", {}, meaning)];
}

/**
 * Makes an element with attributes and children; a string becomes text and never markup.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} name
 * @param {Record<string, string>} attributes
 * @param {...(string | Node)} children
 */
function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
