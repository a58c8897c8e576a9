/** An entry of an archive: its path has slashes between names, its time is in whole seconds. */
export type TarEntry =
  | { readonly kind: "directory"; readonly path: string; readonly modifiedSeconds: number }
  | {
      readonly kind: "link";
      readonly path: string;
      /** The target, relative to the directory that the link is in. */
      readonly target: string;
      readonly modifiedSeconds: number;
    }
  | {
      readonly kind: "file";
      readonly path: string;
      readonly bytes: number;
      readonly isExecutable: boolean;
      readonly modifiedSeconds: number;
    };

/** The unit of an archive, in bytes: headers and content are padded to whole blocks. */
const BLOCK_BYTES = 512;

/** The most bytes of a path, or of the target of a link, in a header. */
const MAX_NAME_BYTES = 100;

/** The largest number of 11 octal digits: 8 GiB less one byte, or a time in the year 2242. */
const MAX_OCTAL = 0o77777777777;

/** The text that every reader reads alike: in a header, others depend on its locale. */
const ASCII = /^[\x20-\x7e]*$/;

const TYPE_FLAGS = { file: "0", link: "2", directory: "5", extended: "x" } as const;

/** The start and the length of each field of a header: POSIX.1-2001, pax, "ustar". */
const FIELDS = {
  name: [0, 100],
  mode: [100, 8],
  owner: [108, 8],
  group: [116, 8],
  size: [124, 12],
  modified: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  link: [157, 100],
  magic: [257, 8],
} as const;

interface Header {
  readonly path: string;
  readonly target: string;
  readonly mode: number;
  readonly bytes: number;
  readonly modifiedSeconds: number;
  readonly type: (typeof TYPE_FLAGS)[keyof typeof TYPE_FLAGS];
}

const encoder = new TextEncoder();

/** The end of every archive: two blocks of zeros. */
export const TAR_END: Uint8Array<ArrayBuffer> = new Uint8Array(2 * BLOCK_BYTES);

/**
 * Formats the bytes before the content of an entry: its header (POSIX.1-2001, ustar), after an
 * extended one (pax) if a name is longer than 100 bytes or not ASCII, a file has 8 GiB or more, or
 * a time does not fit into a header. Everything belongs to user and group 0.
 *
 * @example formatTarHeader({ kind: "directory", path: "photos", modifiedSeconds: 0 }) // 512 bytes
 */
export function formatTarHeader(entry: TarEntry): Uint8Array<ArrayBuffer> {
  const header = headerOf(entry);
  const records = encoder.encode(formatRecords(header));
  if (records.length === 0) return formatHeader(header);
  const extended = formatHeader({
    path: extendedPathOf(header.path),
    target: "",
    mode: 0o644,
    bytes: records.length,
    modifiedSeconds: 0,
    type: TYPE_FLAGS.extended,
  });
  return Buffer.concat([extended, records, tarPadding(records.length), formatHeader(header)]);
}

/** Returns the zeros that pad content of this many bytes to a whole block. */
export function tarPadding(bytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES);
}

function headerOf(entry: TarEntry): Header {
  const { path, modifiedSeconds } = entry;
  switch (entry.kind) {
    case "directory": {
      const type = TYPE_FLAGS.directory;
      return { path: `${path}/`, target: "", mode: 0o755, bytes: 0, modifiedSeconds, type };
    }
    case "link": {
      const { target } = entry;
      return { path, target, mode: 0o777, bytes: 0, modifiedSeconds, type: TYPE_FLAGS.link };
    }
    case "file": {
      const mode = entry.isExecutable ? 0o755 : 0o644;
      return { path, target: "", mode, bytes: entry.bytes, modifiedSeconds, type: TYPE_FLAGS.file };
    }
    default:
      return entry satisfies never;
  }
}

/** Formats the records of the extended header; empty if the header itself can say everything. */
function formatRecords({ path, target, bytes, modifiedSeconds }: Header): string {
  return [
    fitsName(path) ? "" : formatRecord("path", path),
    fitsName(target) ? "" : formatRecord("linkpath", target),
    fitsOctal(bytes) ? "" : formatRecord("size", String(bytes)),
    fitsOctal(modifiedSeconds) ? "" : formatRecord("mtime", String(modifiedSeconds)),
  ].join("");
}

/** Formats a record, which begins with its own length in bytes, including the digits of that. */
function formatRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const restBytes = encoder.encode(rest).length;
  let length = restBytes + String(restBytes).length;
  if (restBytes + String(length).length > length) length += 1; // one digit more, for 98 and the like
  return `${length}${rest}`;
}

function fitsName(name: string): boolean {
  return name.length <= MAX_NAME_BYTES && ASCII.test(name);
}

function fitsOctal(value: number): boolean {
  return value >= 0 && value <= MAX_OCTAL;
}

/** Returns a path in the top folder for an extended header: readers that do not know it make a file of it. */
function extendedPathOf(path: string): string {
  const [top = ""] = path.split("/", 1);
  return `${cutToBytes(top, MAX_NAME_BYTES / 2)}/PaxHeader`;
}

function formatHeader({ path, target, mode, bytes, modifiedSeconds, type }: Header) {
  const block = new Uint8Array(BLOCK_BYTES);
  const write = (field: keyof typeof FIELDS, text: string) => {
    const [start, length] = FIELDS[field];
    encoder.encodeInto(text, block.subarray(start, start + length));
  };
  write("name", cutToBytes(path, MAX_NAME_BYTES));
  write("mode", formatOctal(mode, 7));
  write("owner", formatOctal(0, 7));
  write("group", formatOctal(0, 7));
  write("size", formatOctal(fitsOctal(bytes) ? bytes : 0, 11));
  write("modified", formatOctal(fitsOctal(modifiedSeconds) ? modifiedSeconds : 0, 11));
  write("type", type);
  write("link", cutToBytes(target, MAX_NAME_BYTES));
  write("magic", "ustar\x0000");
  // The sum counts all bytes, with spaces in the place of the sum itself.
  write("checksum", " ".repeat(8));
  const sum = block.reduce((total, byte) => total + byte, 0);
  write("checksum", `${formatOctal(sum, 6)}\0 `);
  return block;
}

function formatOctal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

/** Cuts a text to so many bytes of UTF-8, without splitting a character. */
function cutToBytes(text: string, bytes: number): string {
  const { read } = encoder.encodeInto(text, new Uint8Array(bytes));
  return text.slice(0, read);
}
