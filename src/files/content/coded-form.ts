import {
  createBrotliDecompress,
  createInflateRaw,
  createZstdDecompress,
  type BrotliDecompress,
  type InflateRaw,
  type ZlibOptions,
  type ZstdDecompress,
} from "node:zlib";
import type { CompressedCoding } from "../../http/accept-encoding.ts";
import { GZIP_TRAILER_BYTES, gzipHeaderBytes, readGzipTrailer } from "./gzip-member.ts";
import { readZstdHeader, ZstdFrame } from "./zstd-frame.ts";

/** A decoding stream, which tells how many bytes it had a use for (Bun: decoder-counts). */
export type Decoder = BrotliDecompress | InflateRaw | ZstdDecompress;

/** The facts about a coded file that are known before it is decoded. */
export interface CodedFile {
  /** The first bytes of the file. */
  readonly head: Uint8Array;
  /** The last eight bytes of the file, or fewer if it has no more. */
  readonly tail: Uint8Array;
  /** The length of the file in bytes. */
  readonly bytes: number;
  /** The length in bytes that its content must have after decoding. */
  readonly decodedBytes: number;
}

/** A way to decode a file, and the conditions for it to be whole. */
export interface CodedForm {
  /** The start of the bytes to decode; `end` is after the last one. */
  readonly start: number;
  readonly end: number;
  readonly createDecoder: (options: Pick<ZlibOptions, "chunkSize">) => Decoder;
  /** Takes the bytes that the decoder is fed; returns whether the form allows them. */
  readonly follow: (chunk: Uint8Array) => boolean;
  /**
   * Tells whether the file ended where its coded content did.
   *
   * @param usedBytes the number of bytes that the decoder had a use for
   * @param crc of the decoded content
   */
  readonly isComplete: (usedBytes: number, crc: number) => boolean;
}

/** The window that every zstd decoder of the web must have (RFC 9659 §3); Chromium has no more. */
const MAX_ZSTD_WINDOW_BYTES = 8 * 1024 * 1024;

const allow = () => true;

/**
 * Returns the way to decode a file, if every client of HTTP can decode the whole of it.
 *
 * @returns `undefined` if it has another form, or asks for more than clients have
 */
export function formOf(coding: CompressedCoding, file: CodedFile): CodedForm | undefined {
  switch (coding) {
    case "gzip":
      return formOfGzip(file);
    case "zstd":
      return formOfZstd(file);
    case "br":
      return formOfBrotli(file);
    default:
      return coding satisfies never;
  }
}

/**
 * Accepts one gzip member, as browsers show only the first of several. So the content of the member
 * is decoded, and it has to end at the trailer that is the end of the file.
 */
function formOfGzip({ head, tail, bytes, decodedBytes }: CodedFile): CodedForm | undefined {
  const start = gzipHeaderBytes(head);
  const end = bytes - GZIP_TRAILER_BYTES;
  const trailer = readGzipTrailer(tail);
  if (start === undefined || start >= end || trailer === undefined) return undefined;
  // The coding of another file mostly gives another length.
  if (trailer.decodedBytes !== decodedBytes % 2 ** 32) return undefined;
  return {
    start,
    end,
    createDecoder: createInflateRaw,
    follow: allow,
    isComplete: (usedBytes, crc) => usedBytes === end - start && crc === trailer.crc,
  };
}

/**
 * Accepts one zstd frame. We find its end ourselves, as the decoder goes on to the next frame, and
 * takes half a frame for a whole one (Bun: zstd-half-frame). It refuses a dictionary itself.
 */
function formOfZstd({ head, bytes }: CodedFile): CodedForm | undefined {
  const header = readZstdHeader(head);
  if (header === undefined || header.windowBytes > MAX_ZSTD_WINDOW_BYTES) return undefined;
  const frame = new ZstdFrame(header);
  return {
    start: 0,
    end: bytes,
    createDecoder: createZstdDecompress,
    follow: (chunk) => frame.follow(chunk),
    isComplete: (usedBytes) => usedBytes === bytes && frame.isComplete,
  };
}

/** Accepts brotli; the decoder refuses large windows itself, and ignores bytes behind the end. */
function formOfBrotli({ bytes }: CodedFile): CodedForm {
  return {
    start: 0,
    end: bytes,
    createDecoder: createBrotliDecompress,
    follow: allow,
    isComplete: (usedBytes) => usedBytes === bytes,
  };
}
