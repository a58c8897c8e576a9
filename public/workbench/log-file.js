import { decode } from "./message.js";

/** @import { Entry } from "./log.js" */

/**
 * Writes an entry of the log as a line of JSON: text as it is, bytes as base64. Of a message that the
 * log has cut, `size` tells how long it was.
 * @param {Entry} entry
 */
export function describeLine({ time, direction, message, text, roundTripMs }) {
  const head = { time: time.toISOString(), direction: direction === "info" ? "notice" : direction };
  if (!message) return JSON.stringify({ ...head, text });
  const { type, size, bytes } = message;
  const payload = type === "text" ? { text: decode(bytes) } : { base64: bytes.toBase64() };
  const cut = bytes.length < size ? { isCut: true } : {};
  return JSON.stringify({ ...head, type, size, ...cut, roundTripMs, ...payload });
}

/**
 * Saves entries as a file of JSON lines.
 * @param {Entry[]} entries
 */
export function saveLog(entries) {
  const lines = entries.map((entry) => `${describeLine(entry)}\n`);
  const url = URL.createObjectURL(new Blob(lines, { type: "application/jsonl" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `websocket-${new Date().toISOString().replace(/[:.]/g, "-")}.jsonl`;
  link.click();
  // Not at once: Safari reads it later.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
