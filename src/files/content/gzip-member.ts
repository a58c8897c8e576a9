import { crc32 } from "node:zlib";

/** The length of the trailer in bytes: the CRC-32 and the length of the decoded content. */
export const GZIP_TRAILER_BYTES = 8;

/** The end of a gzip member (RFC 1952 §2.3.1). */
export interface GzipTrailer {
  readonly crc: number;
  /** The decoded length, modulo 2^32. */
  readonly decodedBytes: number;
}

const FIXED_HEADER_BYTES = 10;
const DEFLATE = 8;

const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;

/**
 * Measures the header of a gzip member (RFC 1952 §2.3).
 *
 * @param start the first bytes of the file, more than any sensible header has
 * @returns its length in bytes; `undefined` if it is missing, broken, or longer than `start`
 *
 * @example gzipHeaderBytes(gzipSync("text")) // 10
 */
export function gzipHeaderBytes(start: Uint8Array): number | undefined {
  const flags = start[3] ?? 0;
  const isGzip = start[0] === 0x1f && start[1] === 0x8b && start[2] === DEFLATE;
  if (!isGzip || (flags & FLAG.reserved) !== 0) return undefined;
  let end = FIXED_HEADER_BYTES;
  if (flags & FLAG.extra) end += 2 + ((start[end] ?? 0) | ((start[end + 1] ?? 0) << 8));
  if (flags & FLAG.name) end = endOfText(start, end);
  if (flags & FLAG.comment) end = endOfText(start, end);
  if (flags & FLAG.headerCrc) {
    const expected = (start[end] ?? 0) | ((start[end + 1] ?? 0) << 8);
    if ((crc32(start.subarray(0, end)) & 0xffff) !== expected) return undefined;
    end += 2;
  }
  return end <= start.length ? end : undefined;
}

/**
 * Reads the trailer of a gzip member.
 *
 * @param trailer the last eight bytes
 * @returns `undefined` if there are fewer
 */
export function readGzipTrailer(trailer: Uint8Array): GzipTrailer | undefined {
  if (trailer.length < GZIP_TRAILER_BYTES) return undefined;
  const view = new DataView(trailer.buffer, trailer.byteOffset, trailer.byteLength);
  return { crc: view.getUint32(0, true), decodedBytes: view.getUint32(4, true) };
}

/** Returns the index after the zero that ends a text; beyond the bytes if there is none. */
function endOfText(bytes: Uint8Array, start: number): number {
  const end = bytes.indexOf(0, start);
  return (end === -1 ? bytes.length : end) + 1;
}
