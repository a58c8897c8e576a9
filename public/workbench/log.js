import { formatMs, formatTime, wholeNumber } from "./format.js";
import { formatHexDump } from "./hex.js";
import { decode } from "./message.js";
import { formatSize } from "./size.js";

/** @import { Message } from "./message.js" */
/** @import { Page } from "./page.js" */

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
 * Writes the whole log as text, as it is copied.
 * @param {Log} log
 */
export function describeLog(log) {
  return log.entries.map((entry) => describeEntry(log, entry)).join("\n");
}

/**
 * Writes the number of entries, and that of the dropped ones.
 * @param {Log} log
 */
export function describeLogCount({ entries, dropped }) {
  if (entries.length === 0) return "";
  const kept = entries.length === 1 ? "1 entry" : `${entries.length} entries`;
  return dropped > 0 ? `${kept}, ${wholeNumber.format(dropped)} older dropped` : kept;
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
 * Writes the first bytes of a message as text or hex, and how many more there are.
 * @param {Log} log
 * @param {Entry} entry
 * @param {number} maxBytes
 */
export function describePayload(log, entry, maxBytes) {
  if (!entry.message) return entry.text ?? "";
  const { bytes, size } = entry.message;
  const shown = bytes.subarray(0, maxBytes);
  const text = formatBody(shown, isShownAsHex(log, entry.message) ? 16 : undefined);
  return shown.length < size
    ? `${text}\n… ${wholeNumber.format(size - shown.length)} bytes more`
    : text;
}

/**
 * Returns the text of a row until it is opened, and whether that is less than the message.
 * @param {Message} message
 * @param {number | undefined} hexPerLine the bytes in a line of hex; undefined for text
 */
export function createPreview({ bytes, size }, hexPerLine) {
  const isHex = hexPerLine !== undefined;
  const shown = bytes.subarray(0, isHex ? previewLines * hexPerLine : previewBytes);
  const lines = formatBody(shown, hexPerLine).split("\n");
  const isCut = shown.length < size || lines.length > previewLines;
  return { text: lines.slice(0, previewLines).join("\n"), isCut };
}

/**
 * Writes bytes of a message as text, or as hex of so many bytes a line.
 * @param {Uint8Array} bytes
 * @param {number | undefined} hexPerLine
 */
export function formatBody(bytes, hexPerLine) {
  return hexPerLine === undefined ? decode(bytes) : formatHexDump(bytes, hexPerLine);
}

/**
 * Labels the button that opens a row, or closes it again.
 * @param {Message} message
 * @param {boolean} isOpen
 */
export function describeMore({ bytes, size }, isOpen) {
  if (isOpen) return "Show less";
  if (bytes.length === size) return `Show all ${wholeNumber.format(size)} bytes`;
  return `Show the first ${formatSize(bytes.length)} of ${formatSize(size)}`;
}

/**
 * Tells whether a message is shown as hex.
 * @param {Log} log
 * @param {Message} message
 */
export function isShownAsHex(log, message) {
  return log.isHex || message.type === "binary";
}
