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

/** A stream that decodes, and tells how many bytes it had a use for (Bun: decoder-counts). */
export type Decoder = BrotliDecompress | InflateRaw | ZstdDecompress;

/** A coded file, as far as its form tells before it is decoded. */
export interface CodedFile {
  /** Its first bytes. */
  readonly head: Uint8Array;
  /** Its last bytes: eight, or fewer if it has no more. */
  readonly tail: Uint8Array;
  /** Its length in bytes. */
  readonly bytes: number;
  /** The length of what it has to decode to, in bytes. */
  readonly decodedBytes: number;
}

/** How a file is to be decoded, and what it has to be then. */
export interface CodedForm {
  /** Where in the file the decoder begins and, without that byte, ends. */
  readonly start: number;
  readonly end: number;
  readonly createDecoder: (options: Pick<ZlibOptions, "chunkSize">) => Decoder;
  /** Is shown what the decoder is fed; tells whether the form allows for it. */
  readonly follow: (chunk: Uint8Array) => boolean;
  /**
   * Whether the file ended where its coded content did.
   *
   * @param usedBytes those that the decoder had a use for
   * @param crc of what it decoded
   */
  readonly isComplete: (usedBytes: number, crc: number) => boolean;
}

/** What every decoder of zstd for the web has to have (RFC 9659 §3); Chromium has no more. */
const MAX_ZSTD_WINDOW_BYTES = 8 * 1024 * 1024;

const allow = () => true;

/**
 * Tells how a file is decoded that every client of HTTP can decode as a whole.
 *
 * @returns `undefined` if it is none: it has another form, or asks for more than clients have
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
 * One member: of several, browsers show the first. So it is decoded here as what is inside a member
 * and has to end at the trailer that is the end of the file.
 */
function formOfGzip({ head, tail, bytes, decodedBytes }: CodedFile): CodedForm | undefined {
  const start = gzipHeaderBytes(head);
  const end = bytes - GZIP_TRAILER_BYTES;
  const trailer = readGzipTrailer(tail);
  if (start === undefined || start >= end || trailer === undefined) return undefined;
  // What was made of another file mostly has another length.
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
 * One frame. Its end is found here, as the decoder goes on to the next one, and takes half a frame
 * for a whole one (Bun: zstd-half-frame). It refuses a dictionary by itself.
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

/** The decoder refuses large windows by itself, and leaves what comes after the end. */
function formOfBrotli({ bytes }: CodedFile): CodedForm {
  return {
    start: 0,
    end: bytes,
    createDecoder: createBrotliDecompress,
    follow: allow,
    isComplete: (usedBytes) => usedBytes === bytes,
  };
}
