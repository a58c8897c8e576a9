import { createNews, noteNews } from "./announce.js";
import { isShown } from "./filter.js";
import { formatMs, formatTime, wholeNumber } from "./format.js";
import { formatHexDump } from "./hex.js";
import { isJson, layOutJson } from "./json.js";
import { decode, encoder } from "./message.js";
import { formatSize } from "./size.js";

/** @import { Filter } from "./filter.js" */
/** @import { Message } from "./message.js" */
/** @import { Page } from "./page.js" */

/** @typedef {"text" | "json" | "hex"} Form how a message is shown */

/**
 * @typedef {object} Entry
 * @property {"sent" | "received" | "info"} direction
 * @property {Date} time
 * @property {Message} [message] absent on an info entry
 * @property {string} [text] the text of an info entry
 * @property {boolean} [isBad]
 * @property {number | undefined} [roundTripMs] of a received echo
 * @property {HTMLElement} [row] once drawn
 * @property {boolean} [isOpen] shown at length
 * @property {Form} [form] chosen for this entry
 * @property {boolean | undefined} [isMatch] it has what the filter wants; undefined until it is compared
 */

/** @typedef {ReturnType<typeof createLog>} Log */

/** The most entries: more rows make the page slow before they make it useful. */
const maxEntries = 500;
/** The most bytes of all entries: 500 messages of a megabyte would fill the tab's memory. */
const maxLogBytes = 32 * 1024 * 1024;
/** The bytes of a message that a row shows at first. */
const previewBytes = 512;
const previewLines = 12;
/** The bytes of each message in a copy of the whole log. */
const maxCopiedBytes = 16 * 1024;
/** The signs of the directions. */
export const arrows = { sent: "↑", received: "↓", info: "·" };

/** Makes a log without entries. */
export function createLog() {
  return {
    entries: /** @type {Entry[]} */ ([]),
    bytes: 0,
    dropped: 0,
    /** Rows of dropped entries, to be taken off the screen when nobody reads them. */
    stale: /** @type {HTMLElement[]} */ ([]),
    entryOf: /** @type {WeakMap<Element, Entry>} */ (new WeakMap()),
    isHex: false,
    filter: /** @type {Filter} */ ({ kind: "all" }),
    /** The directions that are shown: a value of the list on the page. */
    show: "all",
    /** Entries are being compared with the filter in another thread. */
    isComparing: false,
    /** That thread, once it was needed. */
    thread: /** @type {Worker | undefined} */ (undefined),
    /** The news to be read aloud. */
    news: createNews(),
    follows: true,
    unseen: 0,
    scrollTop: 0,
  };
}

/**
 * Adds an entry with a text of the page itself.
 * @param {Page} page
 * @param {string} text
 * @param {boolean} [isBad]
 */
export function addInfo(page, text, isBad = false) {
  addEntry(page, { direction: "info", time: new Date(), text, isBad });
}

/**
 * Adds an entry, to be drawn in the next frame, and drops the oldest ones beyond the bounds.
 * @param {Page} page
 * @param {Entry} entry
 */
export function addEntry(page, entry) {
  const { log } = page;
  log.entries.push(entry);
  log.bytes += entry.message?.bytes.length ?? 0;
  noteNews(log.news, entry);
  if (!log.follows) log.unseen += 1;
  while (log.entries.length > maxEntries || log.bytes > maxLogBytes) dropOldest(log);
  page.requestDraw();
}

/**
 * Drops the oldest entry; its row stays on the screen for now.
 * @param {Log} log
 */
function dropOldest(log) {
  const oldest = log.entries.shift();
  log.bytes -= oldest?.message?.bytes.length ?? 0;
  log.dropped += 1;
  if (oldest?.row) log.stale.push(oldest.row);
}

/**
 * Returns the entries that the filter lets through.
 * @param {Log} log
 */
export function shownEntries(log) {
  return log.entries.filter((entry) => isShown(log, entry));
}

/**
 * Writes what is shown of the log as text, as it is copied.
 * @param {Log} log
 */
export function describeLog(log) {
  return shownEntries(log)
    .map((entry) => describeEntry(log, entry))
    .join("\n");
}

/**
 * Writes the number of entries, of those that are shown, and of the dropped ones.
 * @param {Log} log
 */
export function describeLogCount(log) {
  const count = log.entries.length;
  if (count === 0) return "";
  const all = count === 1 ? "1 entry" : `${count} entries`;
  const isFiltered = log.show !== "all" || log.filter.kind !== "all";
  const kept = isFiltered ? `${shownEntries(log).length} of ${all}` : all;
  return log.dropped > 0 ? `${kept}, ${wholeNumber.format(log.dropped)} older dropped` : kept;
}

/**
 * Writes an entry as text: time, direction, type, size and payload.
 * @param {Log} log
 * @param {Entry} entry
 */
function describeEntry(log, entry) {
  const head = `${formatTime(entry.time)} ${arrows[entry.direction]}`;
  const payload = describePayload(log, entry, maxCopiedBytes);
  if (!entry.message) return `${head} ${payload}`;
  const { type, size } = entry.message;
  const separator = payload.includes("\n") ? "\n" : " ";
  return `${head} ${type}, ${wholeNumber.format(size)} bytes:${separator}${payload}`;
}

/**
 * Writes the facts at the end of a row: round trip, type and size.
 * @param {Entry} entry
 * @param {Message} message
 */
export function describeMeta({ roundTripMs }, { type, size }) {
  const facts = [type, formatSize(size)];
  if (roundTripMs !== undefined) facts.unshift(formatMs(roundTripMs));
  return facts.join(" · ");
}

/**
 * Writes the first bytes of a message in the form of its entry, and how many more there are.
 * @param {Log} log
 * @param {Entry} entry
 * @param {number} maxBytes
 */
export function describePayload(log, entry, maxBytes) {
  if (!entry.message) return entry.text ?? "";
  const { bytes, size } = entry.message;
  const shown = bytes.subarray(0, maxBytes);
  return formatBody(shown, formOf(log, entry), 16) + describeRest(size - shown.length);
}

/**
 * Writes how many bytes of a message are not shown: an empty text if all are.
 * @param {number} count
 */
export function describeRest(count) {
  return count === 0 ? "" : `\n… ${wholeNumber.format(count)} bytes more`;
}

/**
 * Returns the text of a row until it is opened, and whether that is less than the message.
 * @param {Message} message
 * @param {number | undefined} hexPerLine the bytes in a line of hex; undefined for text
 */
export function createPreview({ bytes, size }, hexPerLine) {
  const isHex = hexPerLine !== undefined;
  const shown = bytes.subarray(0, isHex ? previewLines * hexPerLine : previewBytes);
  const lines = formatBody(shown, isHex ? "hex" : "text", hexPerLine ?? 0).split("\n");
  const text = lines.slice(0, previewLines).join("\n");
  const bytesShown = isHex ? shown.length : encoder.encode(text).length;
  const isCut = shown.length < size || lines.length > previewLines;
  return { text: isCut ? text + describeRest(size - bytesShown) : text, isCut };
}

/**
 * Writes bytes of a message in a form, hex with so many bytes a line.
 * @param {Uint8Array} bytes
 * @param {Form} form
 * @param {number} hexPerLine
 */
export function formatBody(bytes, form, hexPerLine) {
  if (form === "hex") return formatHexDump(bytes, hexPerLine);
  const text = decode(bytes);
  if (form === "text" || !isJson(text)) return text;
  return layOutJson(text)
    .map((token) => token.text)
    .join("");
}

/**
 * Returns the forms that a message can be shown in. Only a message that is kept as a whole is JSON.
 * @param {Message} message
 * @returns {Form[]}
 */
export function formsOf({ bytes, size }) {
  return bytes.length === size && isJson(decode(bytes)) ? ["text", "json", "hex"] : ["text", "hex"];
}

/**
 * Returns the form in which an entry is shown: the chosen one, else JSON once it is open.
 * @param {Log} log
 * @param {Entry} entry with a message
 * @returns {Form}
 */
export function formOf(log, { message, form, isOpen }) {
  if (form) return form;
  if (log.isHex || message?.type === "binary") return "hex";
  return isOpen && message && formsOf(message).includes("json") ? "json" : "text";
}
