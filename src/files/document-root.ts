import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
  type BigIntStats,
  type Dirent,
  type Stats,
} from "node:fs";
import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import type { ContentCoding } from "../http/accept-encoding.ts";
import type { ByteRange } from "../http/range.ts";
import type { DirectoryEntry, ListingRow, Measures } from "../listing/order.ts";
import { mapInSlices, waitFor, type Sliced } from "../listing/sliced-sort.ts";
import { classifyFailure } from "./system-error.ts";
import { isHidden, isServableName } from "./target.ts";

/** What tells one state of a file from another. A change of content changes at least one of them. */
export interface Fingerprint {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: bigint;
  /** Nanoseconds since 1970, as all times here. */
  readonly modifiedNs: bigint;
  /** The last change of content, name or permissions; nobody can set it back. */
  readonly changedNs: bigint;
}

/** A regular file, as it was at one moment. */
export interface FileEntry {
  readonly kind: "file";
  /** Where it was looked up, by way of whatever links. */
  readonly lookupPath: string;
  /** What opens the very file that was checked, until the event loop has turned. */
  readonly path: string;
  /** Size in bytes. */
  readonly bytes: number;
  readonly fingerprint: Fingerprint;
  /** The whole file, read through the descriptor that was checked; absent from 1 MiB on. */
  readonly content: Uint8Array<ArrayBuffer> | undefined;
  /** When it was looked up, in milliseconds since 1970. */
  readonly lookupMs: number;
  /** Its last change is so long ago that another one would show in its times. */
  readonly isSettled: boolean;
}

/** A file or directory inside the root, open, and what was found through the descriptor. */
export interface Opened {
  readonly descriptor: number;
  readonly realPath: string;
  readonly stats: BigIntStats;
}

/** What the root has at a path. `missing` also stands for whatever is never served. */
export type Entry =
  | FileEntry
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "missing" }
  | { readonly kind: "forbidden" };

/**
 * Files below this size, in bytes, are answered from memory.
 *
 * Bun sends larger ones with `sendfile`; a smaller one costs it four wake-ups of its thread pool,
 * 58 µs where a read into memory is 12 (Bun 1.4.5).
 */
export const MEMORY_BELOW_BYTES = 1024 * 1024;

/**
 * Two changes within this time, in milliseconds, may leave a file with the same times and size:
 * kernels stamp files by a clock of up to 10 ms, and Last-Modified has whole seconds.
 */
const SETTLED_AFTER_MS = 1100;

/**
 * Directories from this size on, in bytes, are read on the thread pool: `readdirSync` of 100,000
 * names keeps the event loop for 43 ms, the same by way of a promise for 5 (Bun 1.4.5). Smaller ones
 * are read at once, in a millisecond: on ext4 this is about 3,000 names of 20 letters.
 */
const LARGE_DIRECTORY_BYTES = 128 * 1024;

/** How often a file is read again because it changed under the reading. */
const READ_ATTEMPTS = 3;

const IS_LINUX = process.platform === "linux";

const MISSING: Entry = { kind: "missing" };
const FORBIDDEN: Entry = { kind: "forbidden" };

/** A file in a state, or a path where there is none. */
export type Watched = Pick<FileEntry, "lookupPath"> & {
  readonly fingerprint: Fingerprint | undefined;
};

/** A precompressed sibling of a file, such as `app.js.br`. */
export interface Variant {
  readonly coding: ContentCoding;
  readonly file: FileEntry;
}

/** The siblings that are there, and where others may appear. */
export interface Variants {
  readonly siblings: readonly Variant[];
  readonly gaps: readonly Watched[];
}

const VARIANT_EXTENSIONS: readonly (readonly [extension: string, coding: ContentCoding])[] = [
  [".zst", "zstd"],
  [".br", "br"],
  [".gz", "gzip"],
];

/** What a directory holds, in no order. */
export interface DirectoryContent {
  readonly entries: readonly DirectoryEntry[];
  /**
   * The directory in the state it was read in, as long as which the entries stay the same;
   * `undefined` if it may change without a trace: just now, or by a link that it has.
   */
  readonly watched: Watched | undefined;
}

/** What many entries measure, each at its index; NaN for what cannot be read, or has no size. */
export interface AllMeasures {
  readonly bytes: Measures;
  readonly modifiedMs: Measures;
}

/** How a root is served. */
export interface DocumentRootOptions {
  /** Serve and list dotfiles. */
  readonly hidden: boolean;
  /** The clock that file times are compared with, in milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * The directory that is served, and every file-system call of the file routes.
 *
 * Containment is a matter of the real path: a symbolic link at any component may point anywhere
 * inside the root, and what it points to outside is `missing`. Dotfiles go by the name in the URL;
 * a link somebody gave a visible name may lead to one (atomic deployments and Kubernetes volumes
 * are made of such links).
 */
export class DocumentRoot {
  readonly #path: string;
  readonly #hidden: boolean;
  readonly #now: () => number;

  private constructor(path: string, { hidden, now = Date.now }: DocumentRootOptions) {
    this.#path = path;
    this.#hidden = hidden;
    this.#now = now;
  }

  /**
   * Opens a directory for serving.
   *
   * @throws a file-system error if there is none, or `ENOTDIR` if it is something else
   */
  static open(directory: string, options: DocumentRootOptions): DocumentRoot {
    const path = realpathSync.native(directory);
    if (!statSync(path).isDirectory()) {
      throw Object.assign(new Error("not a directory"), { code: "ENOTDIR" });
    }
    return new DocumentRoot(path, options);
  }

  /** The real path of the directory. */
  get path(): string {
    return this.#path;
  }

  /** Whether entries of this name are served and listed. */
  shows(name: string): boolean {
    return isServableName(name) && (this.#hidden || !isHidden(name));
  }

  /**
   * Looks up the entry at decoded path segments.
   *
   * @throws file-system errors that say something about the machine and not about the path (EMFILE, EIO)
   */
  lookup(segments: readonly string[]): Entry {
    if (!segments.every((segment) => this.shows(segment))) return MISSING;
    const path = join(this.#path, ...segments);
    try {
      return this.#open(path);
    } catch (error) {
      const failure = classifyFailure(error);
      if (failure === "missing") return MISSING;
      if (failure === "forbidden") return FORBIDDEN;
      throw error;
    }
  }

  #open(lookupPath: string): Entry {
    const opened = this.openContained(lookupPath);
    if (opened === undefined) return MISSING;
    const { descriptor } = opened;
    let keep = false;
    try {
      const entry = this.#entryOf(opened, lookupPath);
      keep = entry.kind === "file" && entry.content === undefined && IS_LINUX;
      return entry;
    } finally {
      // What is sent from disk is opened by its descriptor, and that right after we have answered
      // (Bun 1.4.5): so the descriptor lives until the event loop turns.
      if (keep) setImmediate(closeSync, descriptor);
      else closeSync(descriptor);
    }
  }

  /**
   * Opens the file or directory that is at a path, by way of whatever links, if it is inside the
   * root and may be served; `undefined` for anything else. Whoever gets it has to close it.
   *
   * @throws file-system errors
   */
  openContained(path: string): Opened | undefined {
    // Only what is certain to be harmless is opened: opening a FIFO would wake its writer, and
    // opening a device can reset it.
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (found === undefined || !isServable(found)) return undefined;
    // Should it be swapped for a FIFO in between, O_NONBLOCK keeps the opening from waiting.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    let opened: Opened | undefined;
    try {
      opened = this.#containedOf(descriptor, path);
      return opened;
    } finally {
      if (opened === undefined) closeSync(descriptor);
    }
  }

  #containedOf(descriptor: number, path: string): Opened | undefined {
    const stats = fstatSync(descriptor, { bigint: true });
    const realPath = realPathOf(descriptor, path, stats);
    if (realPath === undefined || !this.#contains(realPath) || !isServable(stats)) return undefined;
    return { descriptor, realPath, stats };
  }

  #entryOf({ descriptor, realPath, stats }: Opened, lookupPath: string): Entry {
    if (stats.isDirectory()) return { kind: "directory", path: realPath };
    const { stats: read, content } = readSmall(descriptor, stats);
    const lookupMs = this.#now();
    return {
      kind: "file",
      lookupPath,
      path: IS_LINUX ? `/proc/self/fd/${descriptor}` : realPath,
      bytes: content?.length ?? Number(read.size),
      fingerprint: fingerprintOf(read),
      content,
      lookupMs,
      isSettled: lookupMs - Number(read.ctimeMs) > SETTLED_AFTER_MS,
    };
  }

  /**
   * The precompressed siblings of a file that are not older than it, our favourite first, and the
   * paths where there is none (RFC 9110 §8.4.1).
   *
   * @param segments of the file
   */
  lookupVariants(segments: readonly string[], file: FileEntry): Variants {
    const siblings: Variant[] = [];
    const gaps: Watched[] = [];
    for (const [extension, coding] of VARIANT_EXTENSIONS) {
      const name = `${segments.at(-1)}${extension}`;
      const entry = this.lookup([...segments.slice(0, -1), name]);
      const isCurrent =
        entry.kind === "file" && entry.fingerprint.modifiedNs >= file.fingerprint.modifiedNs;
      if (isCurrent) siblings.push({ coding, file: entry });
      // One that is too old counts from the moment it is renewed.
      else if (entry.kind === "file") gaps.push(entry);
      else gaps.push({ lookupPath: `${file.lookupPath}${extension}`, fingerprint: undefined });
    }
    return { siblings, gaps };
  }

  /** Whether a lookup would find the same file in the same state, or still nothing. */
  isUnchanged({ lookupPath, fingerprint }: Watched): boolean {
    try {
      const stats = statSync(lookupPath, { bigint: true, throwIfNoEntry: false });
      if (stats === undefined || fingerprint === undefined) return stats === fingerprint;
      return isSame(fingerprintOf(stats), fingerprint);
    } catch {
      return false; // whatever it is, a lookup will tell
    }
  }

  #contains(realPath: string): boolean {
    return (
      realPath === this.#path ||
      realPath.startsWith(this.#path.endsWith(sep) ? this.#path : this.#path + sep)
    );
  }

  /**
   * The names in a directory that can be served, with the kind that each has after its links are
   * followed. One of usual size is read without waiting.
   *
   * @param directory its real path
   * @throws `ENOENT` if something else has taken its place
   */
  *list(directory: string): Sliced<DirectoryContent> {
    const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      const before = fstatSync(descriptor, { bigint: true });
      if (realPathOf(descriptor, directory, before) !== directory) throw movedAway();
      const dirents = yield* readDirectory(
        IS_LINUX ? `/proc/self/fd/${descriptor}` : directory,
        before.size,
      );
      const after = fstatSync(descriptor, { bigint: true });
      const found = yield* mapInSlices(dirents, (dirent) => this.#entryFrom(directory, dirent));
      return {
        entries: found.filter((entry) => entry !== undefined),
        watched: this.#isTraceable(before, after, dirents)
          ? { lookupPath: directory, fingerprint: fingerprintOf(after) }
          : undefined,
      };
    } finally {
      closeSync(descriptor);
    }
  }

  /**
   * Whether a directory has so many names that it is listed in slices, by its size, which most file
   * systems make of its names.
   */
  isLarge(directory: string): boolean {
    const size = statSync(directory, { throwIfNoEntry: false })?.size;
    return size !== undefined && size >= LARGE_DIRECTORY_BYTES;
  }

  /** Whether no change of the names or the kinds could leave the directory as it was. */
  #isTraceable(before: BigIntStats, after: BigIntStats, dirents: readonly Dirent[]): boolean {
    return (
      isSame(fingerprintOf(before), fingerprintOf(after)) &&
      this.#now() - Number(after.ctimeMs) > SETTLED_AFTER_MS &&
      dirents.every((dirent) => kindOf(dirent) !== undefined)
    );
  }

  #entryFrom(directory: string, dirent: Dirent): DirectoryEntry | undefined {
    const { name } = dirent;
    if (!this.shows(name)) return undefined;
    const kind = dirent.isSymbolicLink() ? this.#kindBehind(join(directory, name)) : kindOf(dirent);
    return kind && { name, kind };
  }

  #kindBehind(link: string): DirectoryEntry["kind"] | undefined {
    try {
      const target = realpathSync.native(link);
      return this.#contains(target) ? kindOf(statSync(target)) : undefined;
    } catch {
      return undefined; // a dangling link, a loop, no permission: nothing behind it can be served
    }
  }

  /** The entries with sizes and times, in the given order. What vanishes meanwhile is left out. */
  *measure(directory: string, entries: readonly DirectoryEntry[]): Sliced<ListingRow[]> {
    const rows = yield* mapInSlices(entries, (entry) => measureEntry(directory, entry));
    return rows.filter((row) => row !== undefined);
  }

  /** What all of the entries measure, without an object for each of them. */
  *measureAll(directory: string, entries: readonly DirectoryEntry[]): Sliced<AllMeasures> {
    const bytes = new Float64Array(entries.length).fill(NaN);
    const modifiedMs = new Float64Array(entries.length).fill(NaN);
    const measureAt = (entry: DirectoryEntry, index: number) => {
      const row = measureEntry(directory, entry);
      bytes[index] = row?.bytes ?? NaN;
      modifiedMs[index] = row?.modifiedMs ?? NaN;
    };
    yield* mapInSlices(entries, measureAt);
    return { bytes, modifiedMs };
  }
}

function* readDirectory(path: string, bytes: bigint): Sliced<Dirent[]> {
  const options = { withFileTypes: true } as const;
  if (bytes < LARGE_DIRECTORY_BYTES) return readdirSync(path, options);
  return yield* waitFor(readdir(path, options));
}

function movedAway(): Error {
  return Object.assign(new Error("the directory was moved while it was listed"), {
    code: "ENOENT",
  });
}

function measureEntry(directory: string, { name, kind }: DirectoryEntry): ListingRow | undefined {
  try {
    const { size, mtimeMs: modifiedMs } = statSync(join(directory, name));
    return { name, kind, bytes: kind === "file" ? size : undefined, modifiedMs };
  } catch {
    return undefined; // it went away since the directory was read
  }
}

function kindOf(entry: Dirent | Stats): DirectoryEntry["kind"] | undefined {
  if (entry.isDirectory()) return "directory";
  return entry.isFile() ? "file" : undefined;
}

/** Everything else hangs (a FIFO), resets (a device) or cannot be read at all (a socket). */
function isServable(stats: BigIntStats): boolean {
  return stats.isFile() || stats.isDirectory();
}

/**
 * The real path of an open file. Linux knows it from the descriptor, so that nothing swapped in
 * since can be mistaken for it. Elsewhere the path is resolved anew and must lead to the same file.
 */
function realPathOf(descriptor: number, path: string, stats: BigIntStats): string | undefined {
  if (IS_LINUX) return readlinkSync(`/proc/self/fd/${descriptor}`);
  const realPath = realpathSync.native(path);
  const { dev, ino } = statSync(realPath, { bigint: true });
  return dev === stats.dev && ino === stats.ino ? realPath : undefined;
}

/** The content of a small file, with the state it was read in. A larger one is left on disk. */
function readSmall(descriptor: number, opened: BigIntStats) {
  let stats = opened;
  for (let attempt = 1; stats.size < MEMORY_BELOW_BYTES; attempt++) {
    const content = readFrom(descriptor, 0, Number(stats.size));
    const after = fstatSync(descriptor, { bigint: true });
    const isStill = isSame(fingerprintOf(stats), fingerprintOf(after));
    // A file that never holds still is sent as it was read last.
    if (isStill || attempt === READ_ATTEMPTS) return { stats: after, content };
    stats = after;
  }
  return { stats, content: undefined };
}

function fingerprintOf(stats: BigIntStats): Fingerprint {
  return {
    device: stats.dev,
    inode: stats.ino,
    size: stats.size,
    modifiedNs: stats.mtimeNs,
    changedNs: stats.ctimeNs,
  };
}

function isSame(one: Fingerprint, other: Fingerprint): boolean {
  return (
    one.device === other.device &&
    one.inode === other.inode &&
    one.size === other.size &&
    one.modifiedNs === other.modifiedNs &&
    one.changedNs === other.changedNs
  );
}

/** Reads ranges of a file from disk, each as it is. */
export function readRanges(path: string, ranges: readonly ByteRange[]): Uint8Array<ArrayBuffer>[] {
  const descriptor = openSync(path, "r");
  try {
    return ranges.map(({ first, last }) => readFrom(descriptor, first, last - first + 1));
  } finally {
    closeSync(descriptor);
  }
}

/** Fewer bytes, if the file has become shorter. */
function readFrom(descriptor: number, start: number, bytes: number): Uint8Array<ArrayBuffer> {
  const content = new Uint8Array(bytes);
  let length = 0;
  while (length < bytes) {
    const read = readSync(descriptor, content, length, bytes - length, start + length);
    if (read === 0) break;
    length += read;
  }
  return length === bytes ? content : content.slice(0, length);
}
