import { closeSync, fstatSync, openSync, readSync, type BigIntStats } from "node:fs";
import type { ByteRange } from "../../http/range.ts";
import { fingerprintOf, isSameState } from "./watched.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * The least size of a file, in bytes, that stays on disk. Smaller files are answered from memory.
 *
 * Bun sends files from this size on with `sendfile` (Bun: sendfile). A smaller one costs it 58 µs,
 * where our read into memory takes 12.
 */
const MEMORY_BELOW_BYTES = 1024 * 1024;

/** The most reads of a file that changes while it is read. */
const READ_ATTEMPTS = 3;

/** A file with its content, or without if it stays on disk. */
export interface ReadFile {
  readonly stats: BigIntStats;
  /** The whole content, in the state of `stats`; `undefined` from 1 MiB on. */
  readonly content: Bytes | undefined;
}

/**
 * Reads a small file; a larger one is left on disk.
 *
 * @param opened the state of the file when it was opened
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

/**
 * Gives the memory of a file's content back at once, which the collector would do much later. Everything
 * that was made of the content has to be a copy, as the body of an answer is (Bun: bytes-copied).
 */
export function giveBack({ content }: Pick<ReadFile, "content">): void {
  content?.buffer.transfer(0);
}

/** Reads the beginning of a file: so many bytes, or fewer if it has no more. */
export function readHead(descriptor: number, bytes: number): Bytes {
  return readFrom(descriptor, 0, bytes);
}

/** Reads ranges of a file from disk, each into memory of its own. */
export function readRanges(path: string, ranges: readonly ByteRange[]): Bytes[] {
  const descriptor = openSync(path, "r");
  try {
    return ranges.map(({ first, last }) => readFrom(descriptor, first, last - first + 1));
  } finally {
    closeSync(descriptor);
  }
}

/** Reads so many bytes of a file, or fewer if it has become shorter. */
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
