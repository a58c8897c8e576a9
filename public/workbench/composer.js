import { clearError, showError } from "./field-error.js";
import { fillIn, hasPlaces } from "./fill-in.js";
import { countHexBytes, parseHex } from "./hex.js";
import { isBrowsing, leaveHistory, recallItem, remember, saveHistory } from "./history.js";
import { encoder } from "./message.js";
import { formatSize } from "./size.js";
import { transmit } from "./traffic.js";

/** @import { Elements } from "./elements.js" */
/** @import { Invalid } from "./field-error.js" */
/** @import { Data } from "./message.js" */
/** @import { HistoryItem } from "./history.js" */
/** @import { Page } from "./page.js" */

/**
 * The message that the form wants to send. It is made anew each time, as its places are filled in then.
 * @typedef {{ kind: "draft", make: () => Data }} Draft
 */

/** The largest file to send: a tab holds it several times over meanwhile. */
const maxFileBytes = 256 * 1024 * 1024;

/**
 * Wires the message box, the choice of a file and that of the format.
 * @param {Page} page
 */
export function wireComposer(page) {
  const { ui } = page;
  ui.composer.addEventListener("submit", (event) => {
    event.preventDefault();
    send(page);
  });
  ui.message.addEventListener("keydown", (event) => onMessageKey(page, event));
  ui.message.addEventListener("input", () => {
    leaveHistory(page.history);
    clearError(page);
    showSize(page);
  });
  ui.file.addEventListener("change", () => {
    clearError(page);
    showSize(page);
  });
  ui.format.addEventListener("change", () => {
    clearError(page);
    showFormat(page);
  });
}

/**
 * Sends at Enter, and goes through the history at the arrows.
 * @param {Page} page
 * @param {KeyboardEvent} event
 */
function onMessageKey(page, event) {
  // This Enter ends a composition. Safari sends it after the composition, as key code 229.
  if (event.isComposing || event.keyCode === 229) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    send(page);
    return;
  }
  if (event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
  const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
  if (step !== 0 && isAtEdge(page, step) && recall(page, step)) event.preventDefault();
}

/**
 * Sends the message of the form; if it cannot be sent it stays, with the reason beside it.
 * @param {Page} page
 */
export async function send(page) {
  const { ui } = page;
  clearError(page);
  const format = ui.format.value;
  const draft = await readDraft(page);
  if (draft.kind === "invalid") return showError(page, draft);
  if (page.connection.socket?.readyState !== WebSocket.OPEN) {
    const text = "Not connected, so nothing was sent. Your message is kept.";
    return showError(page, { kind: "invalid", field: activeField(ui), text });
  }
  transmit(page, draft.make());
  if (format === "file") return;
  remember(page.history, { format, text: ui.message.value });
  saveHistory(page.history);
  ui.message.value = "";
  showSize(page);
}

/**
 * Reads the message of the form, or says what is wrong with it. Only a file takes time.
 * @param {Page} page
 * @returns {Promise<Draft | Invalid>}
 */
export async function readDraft({ ui, connection }) {
  if (ui.format.value === "file") return readFile(ui);
  const text = ui.message.value;
  if (ui.format.value === "text") {
    const make = () => fillIn(text, { n: (connection.filled += 1), now: new Date() });
    return { kind: "draft", make: hasPlaces(text) ? make : () => text };
  }
  const hex = parseHex(text);
  if (hex instanceof Uint8Array) return { kind: "draft", make: () => hex };
  return { kind: "invalid", field: ui.message, text: hex.fault, range: [hex.start, hex.end] };
}

/**
 * Reads the chosen file, or says why it cannot be sent.
 * @param {Elements} ui
 * @returns {Promise<Draft | Invalid>}
 */
async function readFile(ui) {
  const file = ui.file.files?.[0];
  const fault = findFileFault(file);
  if (!file || fault) return { kind: "invalid", field: ui.file, text: `${fault}` };
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    return { kind: "draft", make: () => bytes };
  } catch (error) {
    const cause = error instanceof Error ? error.message : error;
    return { kind: "invalid", field: ui.file, text: `“${file.name}” was not read: ${cause}` };
  }
}

/**
 * Returns why a file cannot be sent, or undefined.
 * @param {File | undefined} file
 */
function findFileFault(file) {
  if (!file) return "Choose a file first.";
  if (file.size > maxFileBytes) {
    return `${formatSize(file.size)} is more than this page sends at once (${formatSize(maxFileBytes)}).`;
  }
  return undefined;
}

/**
 * Returns the field that has the message.
 * @param {Elements} ui
 */
function activeField(ui) {
  return ui.format.value === "file" ? ui.file : ui.message;
}

/**
 * Shows the field that belongs to the chosen format.
 * @param {Page} page
 */
export function showFormat(page) {
  const { ui } = page;
  const isFile = ui.format.value === "file";
  const isHex = ui.format.value === "hex";
  ui.messageField.hidden = isFile;
  ui.messageHint.hidden = isFile;
  ui.fileField.hidden = !isFile;
  ui.messageLabel.textContent = isHex ? "Message in hex" : "Message";
  ui.message.placeholder = isHex ? "68 65 6c 6c 6f" : "";
  showSize(page);
}

/**
 * Shows the size of the message in the form.
 * @param {Page} page
 */
function showSize({ ui }) {
  ui.messageSize.textContent = formatSize(messageSize(ui));
}

/**
 * Counts the bytes of the message in the form.
 * @param {Elements} ui
 */
function messageSize(ui) {
  if (ui.format.value === "file") return ui.file.files?.[0]?.size ?? 0;
  if (ui.format.value === "text") return encoder.encode(ui.message.value).length;
  return countHexBytes(ui.message.value);
}

/**
 * Tells whether an arrow key has nowhere to go in the text, so that it may go through the history.
 * @param {Page} page
 * @param {number} step
 */
function isAtEdge({ ui, history }, step) {
  const { selectionStart, selectionEnd, value } = ui.message;
  if (selectionStart !== selectionEnd) return false;
  const isAtStart = selectionStart === 0;
  const isAtEnd = selectionStart === value.length;
  // While browsing, either edge will do: the caret is where the last step left it.
  if (isBrowsing(history)) return isAtStart || isAtEnd;
  return step < 0 ? isAtStart : isAtEnd;
}

/**
 * Puts an earlier (-1) or later (1) message into the form; returns whether there is one.
 * @param {Page} page
 * @param {number} step
 */
export function recall(page, step) {
  const { history, ui } = page;
  const shown = { format: ui.format.value, text: ui.message.value };
  const item = recallItem(history, step, shown);
  if (item === undefined) return false;
  showMessage(page, item);
  const caret = step < 0 ? 0 : item.text.length;
  ui.message.setSelectionRange(caret, caret);
  return true;
}

/**
 * Puts a message into the form.
 * @param {Page} page
 * @param {HistoryItem} item
 */
export function showMessage(page, { format, text }) {
  const { ui } = page;
  ui.message.value = text;
  ui.format.value = format;
  clearError(page);
  showFormat(page);
}
