import { isAscii, isUtf8 } from "node:buffer";

/** The encoding of a text; `unknown` if only its reader can find it out. */
export type TextEncoding = "utf-8" | "utf-16le" | "utf-16be" | "unknown";

/** The most bytes of a character in UTF-8 (RFC 3629 §3). */
const MAX_CHARACTER_BYTES = 4;

const ESCAPE = 0x1b;

/**
 * The codes after ESC for sets that are not ASCII, in ISO-2022-JP and its kin (RFC 1468, RFC 1554,
 * RFC 1557). `(B` is ASCII, which is sent to terminals too, beside their `[`.
 */
const OTHER_SET = /^(\$|\([IJ])/;

/**
 * Finds the encoding of a text by its bytes: UTF-8 if they are valid, UTF-16 if they begin with its
 * byte order mark. Texts of seven bits that switch to Japanese, Korean or Chinese sets are not
 * UTF-8.
 *
 * @param bytes the text, or its beginning
 * @param isWhole the bytes are the whole text; otherwise the last character may be cut
 * @example textEncodingOf(Buffer.from("é")) // "utf-8"
 * @example textEncodingOf(Buffer.from([0xe9])) // "unknown": Latin-1, perhaps
 */
export function textEncodingOf(bytes: Uint8Array, isWhole = true): TextEncoding {
  const text = isWhole ? bytes : withoutCutCharacter(bytes);
  if (isUtf8(text)) return switchesSets(text) ? "unknown" : "utf-8";
  if (text[0] === 0xff && text[1] === 0xfe) return "utf-16le";
  return text[0] === 0xfe && text[1] === 0xff ? "utf-16be" : "unknown";
}

/** Cuts off the last character of several bytes, if nothing follows it. */
function withoutCutCharacter(bytes: Uint8Array): Uint8Array {
  for (let length = 1; length < MAX_CHARACTER_BYTES; length++) {
    const byte = bytes[bytes.length - length];
    if (byte === undefined || byte < 0x80) return bytes;
    const isFirst = byte >= 0xc0;
    if (isFirst) return bytes.subarray(0, -length);
  }
  return bytes;
}

function switchesSets(text: Uint8Array): boolean {
  let escape = text.indexOf(ESCAPE);
  if (escape === -1 || !isAscii(text)) return false;
  for (; escape !== -1; escape = text.indexOf(ESCAPE, escape + 1)) {
    const after = String.fromCharCode(...text.subarray(escape + 1, escape + 3));
    if (OTHER_SET.test(after)) return true;
  }
  return false;
}
