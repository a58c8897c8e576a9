/** @typedef {string | Uint8Array<ArrayBuffer>} Data */

/**
 * A message as the log keeps it: `size` counts all its bytes, `bytes` holds the first of them.
 * @typedef {{ type: "text" | "binary", size: number, bytes: Uint8Array }} Message
 */

/** The bytes of a message that are kept and can be shown: laying out more takes seconds. */
export const maxKeptBytes = 256 * 1024;
/** Encodes text as it goes over the wire, in UTF-8. */
export const encoder = new TextEncoder();

/**
 * Turns sent or received data into a message as the log keeps it.
 * @param {string | Uint8Array} data
 * @returns {Message}
 */
export function toMessage(data) {
  const type = typeof data === "string" ? "text" : "binary";
  const all = typeof data === "string" ? encoder.encode(data) : data;
  // A copy, not a view: a view would keep all of a large message in memory.
  const bytes = all.length > maxKeptBytes ? all.slice(0, maxKeptBytes) : all;
  return { type, size: all.length, bytes };
}

/**
 * Tells whether two messages have type, size and first bytes in common. The rest of a long message
 * is not compared.
 * @param {Message} a
 * @param {Message} b
 */
export function isSame(a, b) {
  return a.type === b.type && a.size === b.size && isEqual(a.bytes, b.bytes);
}

/**
 * Tells whether two payloads of one type and length are equal.
 * @param {string | Uint8Array} a
 * @param {string | Uint8Array} b of the same type and length
 */
export function isEqual(a, b) {
  if (typeof a === "string" || typeof b === "string") return a === b;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

/**
 * Reads the first bytes of a message as text, without a character that was cut in two.
 * @param {Uint8Array} bytes
 */
export function decode(bytes) {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: true });
}
