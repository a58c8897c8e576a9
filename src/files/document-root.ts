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
import { join, sep } from "node:path";
import type { DirectoryEntry, ListingRow } from "../listing/order.ts";
import type { Sliced } from "../listing/sliced-sort.ts";
import { classifyFailure } from "./system-error.ts";
import { isHidden, isServableName } from "./target.ts";

/** A regular file, as it was at one moment. */
export interface FileEntry {
  readonly kind: "file";
  /** The real path, without symbolic links. */
  readonly path: string;
  /** Size in bytes. */
  readonly bytes: number;
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
  /** The whole file, read through the descriptor that was checked; absent from 1 MiB on. */
  readonly content: Uint8Array<ArrayBuffer> | undefined;
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

/** How often a file is read again because it changed under the reading. */
const READ_ATTEMPTS = 3;

const MISSING: Entry = { kind: "missing" };
const FORBIDDEN: Entry = { kind: "forbidden" };

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

  private constructor(path: string, hidden: boolean) {
    this.#path = path;
    this.#hidden = hidden;
  }

  /**
   * Opens a directory for serving.
   *
   * @throws a file-system error if there is none, or `ENOTDIR` if it is something else
   */
  static open(directory: string, options: { readonly hidden: boolean }): DocumentRoot {
    const path = realpathSync.native(directory);
    if (!statSync(path).isDirectory()) {
      throw Object.assign(new Error("not a directory"), { code: "ENOTDIR" });
    }
    return new DocumentRoot(path, options.hidden);
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

  #open(path: string): Entry {
    // Only what is certain to be harmless is opened: opening a FIFO would wake its writer, and
    // opening a device can reset it.
    if (!isServable(statSync(path, { bigint: true }))) return MISSING;
    // Should it be swapped for a FIFO in between, O_NONBLOCK keeps the opening from waiting.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return this.#entryOf(descriptor, path);
    } finally {
      closeSync(descriptor);
    }
  }

  #entryOf(descriptor: number, path: string): Entry {
    const stats = fstatSync(descriptor, { bigint: true });
    const realPath = realPathOf(descriptor, path, stats);
    if (realPath === undefined || !this.#contains(realPath) || !isServable(stats)) return MISSING;
    return stats.isDirectory()
      ? { kind: "directory", path: realPath }
      : readFileEntry(descriptor, realPath, stats);
  }

  #contains(realPath: string): boolean {
    return (
      realPath === this.#path ||
      realPath.startsWith(this.#path.endsWith(sep) ? this.#path : this.#path + sep)
    );
  }

  /**
   * The names in a directory that can be served, in no order, with the kind that each has after
   * its links are followed.
   */
  *list(directory: string): Sliced<DirectoryEntry[]> {
    const entries: DirectoryEntry[] = [];
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (!this.shows(entry.name)) continue;
      const kind = entry.isSymbolicLink()
        ? this.#kindBehind(join(directory, entry.name))
        : kindOf(entry);
      if (kind !== undefined) entries.push({ name: entry.name, kind });
      yield;
    }
    return entries;
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
    const rows: ListingRow[] = [];
    for (const entry of entries) {
      const row = measureEntry(directory, entry);
      if (row !== undefined) rows.push(row);
      yield;
    }
    return rows;
  }
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
  if (process.platform === "linux") return readlinkSync(`/proc/self/fd/${descriptor}`);
  const realPath = realpathSync.native(path);
  const { dev, ino } = statSync(realPath, { bigint: true });
  return dev === stats.dev && ino === stats.ino ? realPath : undefined;
}

function readFileEntry(descriptor: number, path: string, opened: BigIntStats): FileEntry {
  let stats = opened;
  for (let attempt = 1; stats.size < MEMORY_BELOW_BYTES; attempt++) {
    const content = readWhole(descriptor, Number(stats.size));
    const after = fstatSync(descriptor, { bigint: true });
    // A file that never holds still is sent as it was read last.
    if (isUnchanged(stats, after) || attempt === READ_ATTEMPTS) {
      return fileEntry(path, after, content);
    }
    stats = after;
  }
  return fileEntry(path, stats, undefined);
}

function fileEntry(path: string, stats: BigIntStats, content: FileEntry["content"]): FileEntry {
  const bytes = content?.length ?? Number(stats.size);
  return {
    kind: "file",
    path,
    bytes,
    modifiedNs: stats.mtimeNs,
    changedNs: stats.ctimeNs,
    content,
  };
}

function isUnchanged(before: BigIntStats, after: BigIntStats): boolean {
  return (
    before.size === after.size &&
    before.mtimeNs === after.mtimeNs &&
    before.ctimeNs === after.ctimeNs
  );
}

/** Reads from the start, at most `bytes`, fewer if the file has become shorter. */
function readWhole(descriptor: number, bytes: number): Uint8Array<ArrayBuffer> {
  const content = new Uint8Array(bytes);
  let length = 0;
  while (length < bytes) {
    const read = readSync(descriptor, content, length, bytes - length, length);
    if (read === 0) break;
    length += read;
  }
  return length === bytes ? content : content.slice(0, length);
}
