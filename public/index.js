// The index of a directory, which works without this: times in the visitor's zone, the filter, the
// keys and their help. What the keys select is the link that has the focus, so Enter, Tab and screen
// readers need no help from here. Names are only ever written as text.

const filter = document.querySelector("#filter");
const matches = document.querySelector("#matches");
const help = document.querySelector("#help");
const table = document.querySelector("table");
const rows = [...document.querySelectorAll("#rows tr")];

/** What each row is found by, in the order of the rows. */
const names = rows.map((row) => fold(row.querySelector("a").textContent));

const keys = [
  [["/"], "Filter the names"],
  [["Esc"], "Clear the filter"],
  [["j", "↓"], "Next"],
  [["k", "↑"], "Previous"],
  [["Enter"], "Open"],
  [["Backspace"], "Up to the parent directory"],
  [["?"], "This help"],
];

const actions = {
  "/": () => filter.select(),
  j: () => moveSelection(1),
  ArrowDown: () => moveSelection(1),
  k: () => moveSelection(-1),
  ArrowUp: () => moveSelection(-1),
  Backspace: () => document.querySelector("#up")?.click(),
  Escape: () => clearFilter(),
  "?": () => showHelp(),
};

localizeTimes();
filter.hidden = false;
help.hidden = false;
applyFilter(); // a browser that comes back to this page restores what was typed

filter.addEventListener("input", applyFilter);
filter.addEventListener("keydown", onFilterKey);
help.addEventListener("click", showHelp);
document.addEventListener("keydown", onKey);
table.addEventListener("pointerover", ({ target }) => describeTime(target));

// Times

/** The page comes in the server's zone. */
function localizeTimes() {
  for (const element of table.querySelectorAll("time")) {
    const text = formatLocal(timeOf(element));
    if (text !== undefined) element.textContent = text;
  }
}

/** HTML has a space where ECMAScript has a T. */
function timeOf(element) {
  return new Date(element.dateTime.replace(" ", "T"));
}

/** In the form it had, so that nothing moves; undefined for a year that ECMAScript cannot read. */
function formatLocal(date) {
  if (Number.isNaN(date.getTime())) return undefined;
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local
    .toISOString()
    .replace("T", " ")
    .replace(/:[^:]*$/, "");
}

/** At the moment it is looked at: “5 minutes ago” does not stay true. */
function describeTime(element) {
  if (element.localName !== "time") return;
  const date = timeOf(element);
  if (Number.isNaN(date.getTime())) return;
  const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
  element.title = `${formatRelative(date)}\n${whole.format(date)}`;
}

function formatRelative(date) {
  const seconds = (date.getTime() - Date.now()) / 1000;
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

/** As it is compared: whatever its case and accents. */
function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function applyFilter() {
  const wanted = fold(filter.value);
  let count = 0;
  names.forEach((name, index) => {
    const isMatch = name.includes(wanted);
    if (isMatch) count += 1;
    // Only what changes is written: a layout of a thousand rows costs more than the comparison.
    if (rows[index].hidden === isMatch) rows[index].hidden = !isMatch;
  });
  matches.textContent = wanted === "" ? "" : describeMatches(count);
}

function describeMatches(count) {
  const total = rows.length.toLocaleString("en");
  return count === 0 ? "No match" : `${count.toLocaleString("en")} of ${total}`;
}

function clearFilter() {
  if (filter.value === "") return filter.blur();
  filter.value = "";
  applyFilter();
}

function onFilterKey(event) {
  if (event.isComposing) return;
  if (event.key === "Escape") clearFilter();
  else if (event.key === "Enter" || event.key === "ArrowDown") focusFirstMatch();
  else return;
  event.preventDefault();
}

function focusFirstMatch() {
  rows
    .find((row) => !row.hidden)
    ?.querySelector("a")
    .focus();
}

// Keys

function onKey(event) {
  const { key, target, ctrlKey, metaKey, altKey, isComposing } = event;
  const isTyping = target.matches("input, textarea, select, [contenteditable]");
  if (isTyping || ctrlKey || metaKey || altKey || isComposing) return;
  if (document.querySelector("dialog[open]") !== null || !Object.hasOwn(actions, key)) return;
  event.preventDefault();
  actions[key]();
}

/** Of the rows that show, the way up included. */
function links() {
  return [...table.querySelectorAll("tbody tr:not([hidden]) a")];
}

function moveSelection(step) {
  const all = links();
  const current = all.indexOf(document.activeElement);
  const next = current < 0 ? firstInView(all) : all[current + step];
  next?.focus();
}

/** The selection starts where the reader is. */
function firstInView(all) {
  const top = table.tHead.getBoundingClientRect().bottom;
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

function makeKey(names, meaning) {
  const pressed = names.flatMap((name, index) => [index === 0 ? "" : " ", make("kbd", {}, name)]);
  return [make("dt", {}, ...pressed), make("dd", {}, meaning)];
}

/** An element with attributes and children; a string becomes text and never markup. */
function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
