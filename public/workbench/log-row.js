import { copy } from "./clipboard.js";
import { part } from "./elements.js";
import { formatTime } from "./format.js";
import { layOutJson } from "./json.js";
import {
  arrows,
  createPreview,
  describeMeta,
  describePayload,
  describeRest,
  formatBody,
  formOf,
  formsOf,
} from "./log.js";
import { decode, maxKeptBytes } from "./message.js";

/** @import { Entry, Form } from "./log.js" */
/** @import { Message } from "./message.js" */
/** @import { Page } from "./page.js" */

/** The widths at which a hex dump of 16 bytes a line has no room. */
export const narrowScreen = matchMedia("(max-width: 1239px)");

const formNames = { text: "Text", json: "JSON", hex: "Hex" };

/**
 * Makes the row of an entry.
 * @param {Page} page
 * @param {Entry} entry
 */
export function createRow(page, entry) {
  const row = /** @type {HTMLElement} */ (
    document.importNode(page.ui.row.content, true).firstElementChild
  );
  row.dataset.direction = entry.direction;
  if (entry.isBad) row.dataset.bad = "";
  part(row, ".arrow").textContent = arrows[entry.direction];
  part(row, ".visually-hidden").textContent = `${entry.direction}: `;
  const time = part(row, "time");
  time.textContent = formatTime(entry.time);
  time.title = entry.time.toString();
  if (entry.message) part(row, ".meta").textContent = describeMeta(entry, entry.message);
  else part(row, ".row-actions").remove();
  drawPayload(page, row, entry);
  page.log.entryOf.set(row, entry);
  entry.row = row;
  return row;
}

/**
 * Copies the message of a row, opens and closes the row, or shows it in another form.
 * @param {Page} page
 * @param {Event} event
 */
export function onRowClick(page, event) {
  if (!(event.target instanceof HTMLButtonElement)) return;
  const row = event.target.closest("li");
  const entry = row && page.log.entryOf.get(row);
  if (!entry) return;
  const { classList, dataset } = event.target;
  if (classList.contains("copy")) {
    copy(event.target, describePayload(page.log, entry, maxKeptBytes));
    return;
  }
  if (classList.contains("open")) entry.isOpen = !entry.isOpen;
  else entry.form = /** @type {Form} */ (dataset.form);
  drawPayload(page, row, entry);
  if (dataset.form) part(row, `[data-form="${dataset.form}"]`).focus();
  row.scrollIntoView({ block: "nearest" });
}

/**
 * Writes a row's payload, as text content only: nothing received ever becomes markup.
 * @param {Page} page
 * @param {HTMLElement} row
 * @param {Entry} entry
 */
export function drawPayload(page, row, entry) {
  const payload = part(row, ".payload");
  row.querySelector(".forms")?.remove();
  if (!entry.message) {
    payload.textContent = entry.text ?? "";
    return;
  }
  const form = formOf(page.log, entry);
  const isOpen = entry.isOpen === true;
  const preview = createPreview(entry.message, form === "hex" ? bytesPerLine() : undefined);
  if (isOpen) {
    payload.replaceChildren(...createBody(entry.message, form));
    payload.before(createForms(entry.message, form));
  } else payload.textContent = preview.text;
  payload.toggleAttribute("data-hex", form === "hex" && entry.message.size > 0);
  payload.toggleAttribute("data-open", isOpen);
  const open = part(row, ".open");
  open.textContent = isOpen ? "Close" : "Open";
  open.setAttribute("aria-expanded", String(isOpen));
  open.toggleAttribute("data-cut", isOpen || preview.isCut);
}

/** Returns how many bytes of hex a line has room for. */
function bytesPerLine() {
  return narrowScreen.matches ? 8 : 16;
}

/**
 * Makes the content of an open row; JSON in colors.
 * @param {Message} message
 * @param {Form} form
 */
function createBody({ bytes, size }, form) {
  const rest = describeRest(size - bytes.length);
  if (form !== "json") return [formatBody(bytes, form, bytesPerLine()) + rest];
  return layOutJson(decode(bytes)).map(({ kind, text }) => {
    if (kind === "plain") return text;
    const colored = document.createElement("span");
    colored.className = `json-${kind}`;
    colored.textContent = text;
    return colored;
  });
}

/**
 * Makes the buttons that show an open row in another form.
 * @param {Message} message
 * @param {Form} shown
 */
function createForms(message, shown) {
  const forms = document.createElement("div");
  forms.className = "forms";
  forms.role = "group";
  forms.ariaLabel = "Show as";
  for (const form of formsOf(message)) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.dataset.form = form;
    button.textContent = formNames[form];
    button.setAttribute("aria-pressed", String(form === shown));
    forms.append(button);
  }
  return forms;
}
