import { copy } from "./clipboard.js";
import { composeLink, readLink } from "./link.js";

/** @import { Page } from "./page.js" */

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement | HTMLDetailsElement} Field */

/** The longest text that is kept: a tab's storage has room for 5 million characters. */
const maxKeptChars = 1024 * 1024;
/** A proxy may show several servers at one origin: each page has fields of its own. */
const setupKey = `meerkat.setup ${location.pathname}`;

/**
 * Keeps the fields for the tab, and wires the button that copies a link to them.
 * @param {Page} page
 */
export function wireSetup({ ui }) {
  for (const event of ["input", "change"]) document.addEventListener(event, saveSetup);
  // Some fields the page itself has changed, and a fold tells of its change too late.
  addEventListener("pagehide", saveSetup);
  ui.copyLink.addEventListener("click", () =>
    copy(ui.copyLink, composeLink(location.href, readValues(), readDefaults())),
  );
}

/** Saves all fields in the storage of the tab. */
export function saveSetup() {
  const kept = findFields()
    .map((field) => /** @type {const} */ ([field.id, readField(field)]))
    .filter(([, value]) => typeof value === "boolean" || value.length <= maxKeptChars);
  try {
    sessionStorage.setItem(setupKey, JSON.stringify(Object.fromEntries(kept)));
  } catch {
    // Forbidden or full: the fields then end with the page.
  }
}

/** Puts back the fields that the tab has saved, whatever the browser has put there. */
export function restoreSetup() {
  let saved;
  try {
    saved = Object(JSON.parse(sessionStorage.getItem(setupKey) ?? "{}"));
  } catch {
    return; // forbidden, or not written by saveSetup()
  }
  for (const field of findFields()) if (field.id in saved) writeField(field, saved[field.id]);
}

/**
 * Takes over the fields that the address of the page carries, and then drops them from it; returns
 * whether it carried any.
 */
export function takeLink() {
  const values = readLink(location.hash, readDefaults());
  if (!values) return false;
  for (const field of findFields()) if (field.id in values) writeField(field, values[field.id]);
  // Otherwise a reload would undo what is changed from now on.
  history.replaceState(history.state, "", location.pathname + location.search);
  return true;
}

/** Finds all fields and folds; a file cannot be kept. */
function findFields() {
  /** @type {NodeListOf<Field>} */
  const fields = document.querySelectorAll(
    "input[id]:not([type=file]), select[id], textarea[id], details[id]",
  );
  return [...fields];
}

/**
 * Reads a field, a checkbox or a fold.
 * @param {Field} field
 */
function readField(field) {
  if (field instanceof HTMLDetailsElement) return field.open;
  return isCheckbox(field) ? field.checked : field.value;
}

/**
 * Writes a field, a checkbox or a fold; a list keeps to its options.
 * @param {Field} field
 * @param {unknown} value
 */
function writeField(field, value) {
  if (field instanceof HTMLDetailsElement) field.open = value === true;
  else if (isCheckbox(field)) field.checked = value === true;
  else if (!(field instanceof HTMLSelectElement)) field.value = `${value}`;
  else if ([...field.options].some((option) => option.value === value)) field.value = `${value}`;
}

/**
 * Tells whether a field is a checkbox.
 * @param {Field} field
 * @returns {field is HTMLInputElement}
 */
function isCheckbox(field) {
  return field instanceof HTMLInputElement && field.type === "checkbox";
}

/** Reads the fields with a text, by id. */
function readValues() {
  return Object.fromEntries(findFields().map((field) => [field.id, `${readField(field)}`]));
}

/** Reads what the fields with a text have at first, by id. */
function readDefaults() {
  return Object.fromEntries(findFields().map((field) => [field.id, defaultOf(field)]));
}

/**
 * Returns what a field with a text has at first.
 * @param {Field} field
 */
function defaultOf(field) {
  if (field instanceof HTMLSelectElement) return field.options[0]?.value ?? "";
  return field instanceof HTMLDetailsElement ? "" : field.defaultValue;
}
