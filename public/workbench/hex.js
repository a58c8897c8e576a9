const hexSeparators = /[\s,:;]+/;

/**
 * Reads hex digits, two a byte, however they are spaced: `68 65 6c`, `68656c`, `0x68, 0x65`.
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer> | { fault: string, start: number, end: number }}
 */
export function parseHex(text) {
  const bytes = [];
  let start = 0;
  for (const word of text.split(hexSeparators)) {
    if (word === "") continue;
    start = text.indexOf(word, start);
    const digits = word.replace(/^0x/i, "");
    const fault = findHexFault(digits);
    if (fault) return { fault: `“${shorten(word)}” ${fault}`, start, end: start + word.length };
    for (let i = 0; i < digits.length; i += 2) bytes.push(parseInt(digits.slice(i, i + 2), 16));
    start += word.length;
  }
  return new Uint8Array(bytes);
}

/**
 * Counts the bytes that hex digits make, whether they can be sent yet or not.
 * @param {string} text
 */
export function countHexBytes(text) {
  return Math.floor(text.replace(/0x|[^0-9a-f]/gi, "").length / 2);
}

/**
 * Returns what is wrong with the digits of a word, or undefined.
 * @param {string} digits
 */
function findHexFault(digits) {
  const odd = digits.match(/[^0-9a-f]/iu);
  if (odd) return `is not hex: “${odd[0]}” is no digit from 0 to f.`;
  if (digits.length === 0) return "has no digits.";
  if (digits.length % 2 === 1) {
    return "has an odd number of digits: write two for each byte, as in 68 65 6c.";
  }
  return undefined;
}

/**
 * Cuts a long word, for a message about it.
 * @param {string} word
 */
function shorten(word) {
  return word.length > 24 ? `${word.slice(0, 24)}…` : word;
}

/**
 * Writes bytes as offset, hex and ASCII: `0000 68 65 6c 6c 6f hello`.
 * @param {Uint8Array} bytes
 * @param {number} perLine
 */
export function formatHexDump(bytes, perLine) {
  const offsetDigits = bytes.length > 0xffff ? 6 : 4;
  const lines = [];
  for (let offset = 0; offset < bytes.length; offset += perLine) {
    const line = [...bytes.subarray(offset, offset + perLine)];
    const hex = line.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const ascii = line.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : "."));
    const head = offset.toString(16).padStart(offsetDigits, "0");
    lines.push(`${head}  ${hex.padEnd(perLine * 3 - 1)}  ${ascii.join("")}`);
  }
  return lines.join("\n");
}
