/** A block of a PEM file: RFC 7468 §2. */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, `RSA PRIVATE KEY`. */
  readonly label: string;
  readonly der: Buffer;
  /** The block in strict form, with a line feed at its end. */
  readonly text: string;
}

/** The outcome of `readPem()`: the blocks of a file, or the fault of one of them. */
export type PemResult =
  | { readonly kind: "read"; readonly blocks: readonly PemBlock[] }
  /** The text between the lines of a block is not Base64, or the last line is missing. */
  | { readonly kind: "damaged"; readonly label: string }
  /** The lines of a block begin with blanks, as in text that was pasted into YAML. */
  | { readonly kind: "indented"; readonly label: string };

/**
 * A block, which may directly follow another one, a byte order mark or other text. One without its last
 * line is cut off: left out, it would be an intermediate certificate that clients miss.
 */
const BLOCK = /-----BEGIN ([A-Z\d ]+)-----([^-]*)(-----END \1-----)?/g;

const INDENTED = /^[ \t]+-----BEGIN ([A-Z\d ]+)-----/m;

/** Base64 by RFC 4648 §4, after line ends and blanks are removed. */
const BASE64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;

/** The lines of the strict form: RFC 7468 §2. */
const LINE = /.{1,64}/g;

/**
 * Reads the blocks of a PEM file whose labels match the pattern.
 *
 * It accepts files as people have them: byte order marks before blocks, no line feed between two,
 * other text around them, CRLF, blanks at the end of lines. It returns the strict form, so that the
 * next reader sees the same blocks.
 *
 * @example readPem(text, /^CERTIFICATE$/)
 */
export function readPem(text: string, labels: RegExp): PemResult {
  const [, indented] = INDENTED.exec(text) ?? [];
  if (indented !== undefined && labels.test(indented)) return { kind: "indented", label: indented };
  const blocks: PemBlock[] = [];
  for (const [, label = "", body = "", end = ""] of text.matchAll(BLOCK)) {
    if (!labels.test(label)) continue;
    const base64 = body.replace(/\s+/g, "");
    if (end === "" || base64 === "" || !BASE64.test(base64)) return { kind: "damaged", label };
    const lines = base64.match(LINE) ?? [];
    const strict = [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
    blocks.push({ label, der: Buffer.from(base64, "base64"), text: strict });
  }
  return { kind: "read", blocks };
}

/** Decodes a text file as people save it: ASCII, or UTF-8 or UTF-16 with a byte order mark. */
export function decodePem(bytes: Buffer): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return isUtf16 ? new TextDecoder("utf-16le").decode(bytes) : bytes.toString("latin1");
}
