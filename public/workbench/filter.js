import { decode } from "./message.js";

/** @import { Entry, Log } from "./log.js" */

/**
 * The condition for an entry of the log: none, a text that it contains in whatever case, or an expression
 * that it matches.
 * @typedef {{ kind: "all" }
 *   | { kind: "text", text: string }
 *   | { kind: "expression", source: string, flags: string }
 *   | { kind: "invalid", fault: string }} Filter
 */

/**
 * Reads a filter as it is typed: `text`, or `/expression/` with flags.
 * @param {string} value
 * @returns {Filter}
 */
export function parseFilter(value) {
  if (value === "") return { kind: "all" };
  const [, source, flags = ""] = /^\/(.+)\/([a-z]*)$/s.exec(value) ?? [];
  if (source === undefined) return { kind: "text", text: value.toLowerCase() };
  try {
    new RegExp(source, flags);
  } catch (error) {
    return { kind: "invalid", fault: error instanceof Error ? error.message : `${error}` };
  }
  // With these an expression would go on where its last match ended.
  return { kind: "expression", source, flags: flags.replace(/[gy]/g, "") };
}

/**
 * Tells whether a text has what a filter wants, in whatever case.
 * @param {{ text: string }} filter
 * @param {string} text
 */
export function hasText(filter, text) {
  return text.toLowerCase().includes(filter.text);
}

/**
 * Writes what a filter looks at: the text of an entry, and bytes as hex, too.
 * @param {Entry} entry
 */
export function searchText({ message, text = "" }) {
  if (!message) return text;
  const decoded = decode(message.bytes);
  return message.type === "text" ? decoded : `${toHex(message.bytes)}\n${decoded}`;
}

/**
 * Writes bytes as a reader may type them: `68 65 6c`.
 * @param {Uint8Array} bytes
 */
function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/**
 * Tells whether an entry is shown: one that was not compared with the filter yet is not.
 * @param {Log} log
 * @param {Entry} entry
 */
export function isShown({ filter, show }, { direction, message, isMatch }) {
  if (show === "messages" ? !message : show !== "all" && show !== direction) return false;
  return filter.kind === "all" || filter.kind === "invalid" || isMatch === true;
}
