import { wholeNumber } from "./format.js";

/** @import { Page } from "./page.js" */

/** @typedef {{ kind: "invalid", field: HTMLElement, text: string, range?: [number, number] }} Invalid */

/**
 * Shows what is wrong beside the field, and takes the user there.
 * @param {Page} page
 * @param {Invalid} invalid
 */
export function showError({ ui }, { field, text, range }) {
  const place = field.closest(".grid") ?? field.closest(".field") ?? field.closest(".actions");
  place?.append(ui.error);
  const fold = field.closest("details");
  if (fold) fold.open = true;
  ui.error.textContent = text;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-errormessage", ui.error.id);
  field.focus();
  if (range && field instanceof HTMLTextAreaElement) field.setSelectionRange(...range);
}

/**
 * Removes the error message of a field.
 * @param {Page} page
 */
export function clearError({ ui }) {
  if (ui.error.textContent === "") return;
  ui.error.textContent = "";
  const field = document.querySelector("[aria-invalid]");
  field?.removeAttribute("aria-invalid");
  field?.removeAttribute("aria-errormessage");
}

/**
 * Reads a whole number within bounds, or says what is wrong with the field.
 * @param {HTMLInputElement} field
 * @param {string} name
 * @param {number} least
 * @param {number} most
 * @returns {number | Invalid}
 */
export function readWhole(field, name, least, most) {
  const value = Number(field.value);
  if (/^\s*\d+\s*$/.test(field.value) && value >= least && value <= most) return value;
  const bounds = `${wholeNumber.format(least)} to ${wholeNumber.format(most)}`;
  return { kind: "invalid", field, text: `${name} is a whole number from ${bounds}.` };
}
