/** A block of a file in PEM: RFC 7468 §2. */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, `RSA PRIVATE KEY`. */
  readonly label: string;
  readonly der: Buffer;
  /** The block in strict form, with a line feed at its end. */
  readonly text: string;
}

/** The blocks of a file, or the fault of one of them. */
export type PemResult =
  | { readonly kind: "read"; readonly blocks: readonly PemBlock[] }
  /** The Base64 between the lines of a block is none. */
  | { readonly kind: "damaged"; readonly label: string }
  /** Its lines begin with blanks, as text that was pasted into YAML does. */
  | { readonly kind: "indented"; readonly label: string };

/** A block wherever it begins, also right behind another one, a byte order mark or words. */
const BLOCK = /-----BEGIN ([A-Z\d ]+)-----([^-]*)-----END \1-----/g;

const INDENTED = /^[ \t]+-----BEGIN ([A-Z\d ]+)-----/m;

/** RFC 4648 §4, without the line ends and blanks that may stand in it. */
const BASE64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;

/** RFC 7468 §2: the lines of the strict form. */
const LINE = /.{1,64}/g;

/**
 * Reads the blocks of a file in PEM whose labels are like this.
 *
 * It takes what people's files are like: a byte order mark before any block, no line feed between
 * two, words around them, CRLF, blanks at the end of lines. What it gives back is in strict form, so
 * that whoever reads it next sees the same blocks.
 *
 * @example readPem(text, /^CERTIFICATE$/)
 */
export function readPem(text: string, labels: RegExp): PemResult {
  const [, indented] = INDENTED.exec(text) ?? [];
  if (indented !== undefined && labels.test(indented)) return { kind: "indented", label: indented };
  const blocks: PemBlock[] = [];
  for (const [, label = "", body = ""] of text.matchAll(BLOCK)) {
    if (!labels.test(label)) continue;
    const base64 = body.replace(/\s+/g, "");
    if (base64 === "" || !BASE64.test(base64)) return { kind: "damaged", label };
    const lines = base64.match(LINE) ?? [];
    const strict = [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
    blocks.push({ label, der: Buffer.from(base64, "base64"), text: strict });
  }
  return { kind: "read", blocks };
}

/** Decodes a file of text as people save it: UTF-8 or UTF-16 with a byte order mark, or ASCII. */
export function decodePem(bytes: Buffer): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return isUtf16 ? new TextDecoder("utf-16le").decode(bytes) : bytes.toString("latin1");
}
