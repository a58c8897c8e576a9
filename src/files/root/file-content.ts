import { closeSync, fstatSync, openSync, readSync, type BigIntStats } from "node:fs";
import type { ByteRange } from "../../http/range.ts";
import { fingerprintOf, isSameState } from "./watched.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Files below this size, in bytes, are answered from memory.
 *
 * Bun sends larger ones with `sendfile`; a smaller one costs it four wake-ups of its thread pool,
 * 58 µs where a read into memory is 12 (Bun 1.4.5).
 */
const MEMORY_BELOW_BYTES = 1024 * 1024;

/** How often a file is read again because it changed under the reading. */
const READ_ATTEMPTS = 3;

/** A file as it was read, or only looked at. */
export interface ReadFile {
  readonly stats: BigIntStats;
  /** All of it, in the state of `stats`; `undefined` from 1 MiB on. */
  readonly content: Bytes | undefined;
}

/**
 * Reads a small file; a larger one is left on disk.
 *
 * @param opened what its descriptor was opened with
 */
export function readSmall(descriptor: number, opened: BigIntStats): ReadFile {
  let stats = opened;
  for (let attempt = 1; stats.size < MEMORY_BELOW_BYTES; attempt++) {
    const content = readFrom(descriptor, 0, Number(stats.size));
    const after = fstatSync(descriptor, { bigint: true });
    const isStill = isSameState(fingerprintOf(stats), fingerprintOf(after));
    // A file that never holds still is sent as it was read last.
    if (isStill || attempt === READ_ATTEMPTS) return { stats: after, content };
    stats = after;
  }
  return { stats, content: undefined };
}

/** Reads as many bytes of the beginning of a file, or fewer, if it has no more. */
export function readHead(descriptor: number, bytes: number): Bytes {
  return readFrom(descriptor, 0, bytes);
}

/** Reads ranges of a file from disk, each as it is. */
export function readRanges(path: string, ranges: readonly ByteRange[]): Bytes[] {
  const descriptor = openSync(path, "r");
  try {
    return ranges.map(({ first, last }) => readFrom(descriptor, first, last - first + 1));
  } finally {
    closeSync(descriptor);
  }
}

/** Fewer bytes, if the file has become shorter. */
function readFrom(descriptor: number, start: number, bytes: number): Bytes {
  const content = new Uint8Array(bytes);
  let length = 0;
  while (length < bytes) {
    const read = readSync(descriptor, content, length, bytes - length, start + length);
    if (read === 0) break;
    length += read;
  }
  return length === bytes ? content : content.slice(0, length);
}
