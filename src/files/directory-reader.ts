import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  realpathSync,
  statSync,
  type BigIntStats,
  type Dirent,
  type Stats,
} from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { DirectoryEntry, ListingRow, Measures } from "../listing/order.ts";
import { mapInSlices, waitFor, type Sliced } from "../listing/sliced.ts";
import { systemError } from "../system/system-error.ts";
import { descriptorPath, realPathOf } from "./descriptor-path.ts";
import type { DocumentRoot } from "./document-root.ts";
import { fingerprintOf, isSameState, isSettled, type Watched } from "./watched.ts";
/**
 * Directories from this size on, in bytes, are read on the thread pool: `readdirSync` of 100,000
 * names keeps the event loop for 43 ms, the same by way of a promise for 5 (Bun 1.4.5). Smaller ones
 * are read at once, in a millisecond: on ext4 this is about 3,000 names of 20 letters.
 */
const LARGE_DIRECTORY_BYTES = 128 * 1024;
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
/** Reads what a listing shows of the directories of a root. */
export class DirectoryReader {
  readonly #root: DocumentRoot;
  constructor(root: DocumentRoot) {
    this.#root = root;
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
      if (realPathOf(descriptor, directory, before) !== directory) {
        throw systemError("ENOENT", "the directory was moved while it was listed");
      }
      const dirents = yield* readDirents(descriptorPath(descriptor) ?? directory, before.size);
      const after = fstatSync(descriptor, { bigint: true });
      const doubtful = new Set<string>();
      const found = yield* mapInSlices(dirents, (dirent) =>
        isLegible(directory, dirent, doubtful) ? this.#entryFrom(directory, dirent) : undefined,
      );
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
  /** Whether no change of the names or the kinds could leave the directory as it was. */
  #isTraceable(before: BigIntStats, after: BigIntStats, dirents: readonly Dirent[]): boolean {
    return (
      isSameState(fingerprintOf(before), fingerprintOf(after)) &&
      isSettled(after, this.#root.now()) &&
      dirents.every((dirent) => kindOf(dirent) !== undefined)
    );
  }
  #entryFrom(directory: string, dirent: Dirent): DirectoryEntry | undefined {
    const { name } = dirent;
    if (!this.#root.shows(name)) return undefined;
    const kind = dirent.isSymbolicLink() ? this.#kindBehind(join(directory, name)) : kindOf(dirent);
    return kind && { name, kind };
  }
  #kindBehind(link: string): DirectoryEntry["kind"] | undefined {
    try {
      const target = realpathSync.native(link);
      return this.#root.contains(target) ? kindOf(statSync(target)) : undefined;
    } catch {
      return undefined; // a dangling link, a loop, no permission: nothing behind it can be served
    }
  }
}
/**
 * Whether the name is the one on disk. Bytes that are no UTF-8 read as U+FFFD: such a name opens
 * nothing, or another file that is really called so, which may come once.
 *
 * @param doubtful the names with that character that came before
 */
function isLegible(directory: string, { name }: Dirent, doubtful: Set<string>): boolean {
  if (!name.includes("\ufffd")) return true;
  if (doubtful.has(name)) return false;
  doubtful.add(name);
  return existsSync(join(directory, name));
}
function* readDirents(path: string, bytes: bigint): Sliced<Dirent[]> {
  const options = { withFileTypes: true } as const;
  if (bytes < LARGE_DIRECTORY_BYTES) return readdirSync(path, options);
  return yield* waitFor(readdir(path, options));
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
