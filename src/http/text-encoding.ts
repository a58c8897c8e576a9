import { isAscii, isUtf8 } from "node:buffer";

/** What a text is encoded in; `unknown` is what only its reader can find out. */
export type TextEncoding = "utf-8" | "utf-16le" | "utf-16be" | "unknown";

/** A character of UTF-8 takes this many bytes at most (RFC 3629 §3). */
const MAX_CHARACTER_BYTES = 4;

const ESCAPE = 0x1b;

/**
 * After ESC, in ISO-2022-JP and its kin, the sets that are not ASCII (RFC 1468, RFC 1554, RFC 1557).
 * `(B` says ASCII, which terminals are told as well, beside their `[`.
 */
const OTHER_SET = /^(\$|\([IJ])/;

/**
 * Tells what a text is encoded in by its bytes: UTF-8 if they are valid, UTF-16 if they begin with its
 * byte order mark. Texts of seven bits that switch to Japanese, Korean or Chinese sets are not UTF-8.
 *
 * @param bytes the text, or its beginning
 * @param isWhole they are all of it; without the rest, the last character may be cut
 * @example textEncodingOf(Buffer.from("é")) // "utf-8"
 * @example textEncodingOf(Buffer.from([0xe9])) // "unknown": Latin-1, perhaps
 */
export function textEncodingOf(bytes: Uint8Array, isWhole = true): TextEncoding {
  const text = isWhole ? bytes : withoutCutCharacter(bytes);
  if (isUtf8(text)) return switchesSets(text) ? "unknown" : "utf-8";
  if (text[0] === 0xff && text[1] === 0xfe) return "utf-16le";
  return text[0] === 0xfe && text[1] === 0xff ? "utf-16be" : "unknown";
}

/** Without its last character of several bytes, if nothing follows it. */
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
