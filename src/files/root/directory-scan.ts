import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
  type BigIntStats,
  type Dirent,
  type Stats,
} from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { DirectoryEntry, ListingRow, Measures } from "../root/directory-entry.ts";
import { mapInSlices, SLICE_ITEMS, waitFor, type Sliced } from "../slices/sliced.ts";
import type {
  DirectoryCalls,
  EntryKind,
  EntryState,
  FoundName,
} from "../../system/directory-calls.ts";
import { classifyFailure, systemError } from "../../system/system-error.ts";
import { descriptorPath, realPathOf } from "./descriptor-path.ts";
import type { DocumentRoot } from "./document-root.ts";

/**
 * Directories from this size on, in bytes, are read on the thread pool: `readdirSync` of 100,000
 * names keeps the event loop for 43 ms, the same by way of a promise for 5 (Bun 1.4.5). Smaller ones
 * are read at once, in a millisecond: on ext4 this is about 3,000 names of 20 letters.
 */
export const LARGE_DIRECTORY_BYTES = 128 * 1024;

/** Linux's O_PATH, which opens anything to look at it, and wakes neither a FIFO nor a device. */
const O_PATH = process.platform === "linux" ? 0o10000000 : undefined;

/** What many entries measure, each at its index; NaN for what cannot be read, or has no size. */
export interface AllMeasures {
  readonly bytes: Measures;
  readonly modifiedMs: Measures;
}

/**
 * A directory of a root, open: its names bit by bit, and what the entries measure.
 *
 * All of it is read below one descriptor, so that nothing that takes the directory's place meanwhile
 * is read instead; and what a link leads to is measured by the descriptor that was found to be
 * inside the root.
 */
export class DirectoryScan implements Disposable {
  readonly #root: DocumentRoot;
  readonly #calls: DirectoryCalls | undefined;
  readonly #descriptor: number;
  /** What leads to the directory, whatever has taken its place. */
  readonly #path: string;
  /** Without calls of our own: all that it had when it was first read. */
  #dirents: readonly Dirent[] | undefined;
  #next = 0;
  /** The names with U+FFFD that were found. */
  #doubtful = new Set<string>();
  #isPlain = true;

  private constructor(
    root: DocumentRoot,
    directory: string,
    descriptor: number,
    calls: DirectoryCalls | undefined,
  ) {
    this.#root = root;
    this.#calls = calls;
    this.#descriptor = descriptor;
    this.#path = descriptorPath(descriptor) ?? directory;
  }

  /**
   * @param directory its real path
   * @throws file-system errors, `ENOENT` if something else has taken its place
   */
  static open(
    root: DocumentRoot,
    directory: string,
    calls: DirectoryCalls | undefined,
  ): DirectoryScan {
    const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    const scan = new DirectoryScan(root, directory, descriptor, calls);
    let isRight = false;
    try {
      isRight = realPathOf(descriptor, directory, scan.stats()) === directory;
    } finally {
      if (!isRight) scan[Symbol.dispose]();
    }
    if (!isRight) throw systemError("ENOENT", "the directory was moved while it was listed");
    return scan;
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }

  /** The directory itself, as it is now. */
  stats(): BigIntStats {
    return fstatSync(this.#descriptor, { bigint: true });
  }

  /** Whether all that was found so far, shown or not, is a file or a directory and no link. */
  get isPlain(): boolean {
    return this.#isPlain;
  }

  /**
   * The next entries that can be served, some hundreds at most, in the order that the directory has
   * them, with the kind that each has after its links are followed; `undefined` at the end.
   *
   * @throws file-system errors
   */
  *next(): Sliced<readonly DirectoryEntry[] | undefined> {
    const found = yield* this.#read();
    return found?.map((each) => this.#entryFrom(each)).filter((entry) => entry !== undefined);
  }

  /** Begins again. */
  rewind(): void {
    this.#calls?.rewind(this.#descriptor);
    this.#next = 0;
    this.#doubtful = new Set();
  }

  /** The entries with sizes and times, in the given order. What vanished meanwhile is left out. */
  *measure(entries: readonly DirectoryEntry[]): Sliced<ListingRow[]> {
    const rows = yield* mapInSlices(entries, (entry) => this.#rowFrom(entry));
    return rows.filter((row) => row !== undefined);
  }

  /** What all of the entries measure, without an object for each of them. */
  *measureAll(entries: readonly DirectoryEntry[]): Sliced<AllMeasures> {
    const bytes = new Float64Array(entries.length).fill(NaN);
    const modifiedMs = new Float64Array(entries.length).fill(NaN);
    yield* mapInSlices(entries, (entry, index) => {
      const row = this.#rowFrom(entry);
      bytes[index] = row?.bytes ?? NaN;
      modifiedMs[index] = row?.modifiedMs ?? NaN;
    });
    return { bytes, modifiedMs };
  }

  *#read(): Sliced<readonly FoundName[] | undefined> {
    if (this.#calls === undefined) return yield* this.#readDirents();
    const found = this.#calls.read(this.#descriptor);
    if (found !== "failed") return found;
    const isRemoved = this.stats().nlink === 0n;
    throw systemError(isRemoved ? "ENOENT" : "EIO", "the directory cannot be read");
  }

  *#readDirents(): Sliced<readonly FoundName[] | undefined> {
    const options = { withFileTypes: true } as const;
    this.#dirents ??=
      this.stats().size < LARGE_DIRECTORY_BYTES
        ? readdirSync(this.#path, options)
        : yield* waitFor(readdir(this.#path, options));
    const found = this.#dirents.slice(this.#next, this.#next + SLICE_ITEMS);
    this.#next += found.length;
    return found.length === 0
      ? undefined
      : found.map((dirent) => ({ name: dirent.name, kind: kindOf(dirent) }));
  }

  #entryFrom({ name, kind }: FoundName): DirectoryEntry | undefined {
    if (kind !== "file" && kind !== "directory") this.#isPlain = false;
    if (!this.#root.shows(name) || !this.#isLegible(name)) return undefined;
    if (kind === "file" || kind === "directory" || kind === "other") return toEntry(name, kind);
    return toEntry(name, ifBroken(undefined, () => this.#look(name))?.kind);
  }

  /**
   * Whether the name is the one on disk. Bytes that are no UTF-8 read as U+FFFD: such a name opens
   * nothing, or another file that is really called so, which may come once.
   */
  #isLegible(name: string): boolean {
    if (!name.includes("\ufffd")) return true;
    if (this.#doubtful.has(name)) return false;
    this.#doubtful.add(name);
    return this.#look(name) !== undefined;
  }

  /** An entry that cannot be measured is still there: a mount whose server has gone, a bad block. */
  #rowFrom({ name, kind }: DirectoryEntry): ListingRow | undefined {
    const state = ifBroken("broken", () => this.#look(name));
    if (state === "broken") return { name, kind, bytes: undefined, modifiedMs: undefined };
    const entry = toEntry(name, state?.kind);
    if (state === undefined || entry === undefined) return undefined;
    const bytes = entry.kind === "file" ? state.bytes : undefined;
    return { name, kind: entry.kind, bytes, modifiedMs: state.modifiedMs };
  }

  /** What the name stands for, also behind a link; `undefined` for nothing that can be served. */
  #look(name: string): EntryState | undefined {
    // What our own call cannot tell, the other can, or says why not.
    const state =
      this.#calls?.look(this.#descriptor, name) ?? tryToLook(() => this.#lookHere(name));
    return state?.kind === "link" ? tryToLook(() => this.#lookBehind(name)) : state;
  }

  #lookHere(name: string): EntryState {
    return stateOf(lstatSync(join(this.#path, name)));
  }

  #lookBehind(name: string): EntryState | undefined {
    const link = join(this.#path, name);
    if (O_PATH === undefined) {
      const target = realpathSync.native(link);
      return this.#root.contains(target) ? stateOf(statSync(target)) : undefined;
    }
    const descriptor = openSync(link, O_PATH);
    try {
      const target = readlinkSync(descriptorPath(descriptor) ?? link);
      return this.#root.contains(target) ? stateOf(fstatSync(descriptor)) : undefined;
    } finally {
      closeSync(descriptor);
    }
  }
}

/** What a look finds, or a value where it fails for what is wrong with the entry alone. */
function ifBroken<T>(value: T, look: () => EntryState | undefined): EntryState | T | undefined {
  try {
    return look();
  } catch (error) {
    if (classifyFailure(error) === "broken") return value;
    throw error; // the machine is exhausted: an entry left out for that would be missed
  }
}

/**
 * Looks, and sees nothing where nothing can be served: an entry that went away, a dangling link, a
 * loop, no permission.
 */
function tryToLook(look: () => EntryState | undefined): EntryState | undefined {
  try {
    return look();
  } catch (error) {
    const failure = classifyFailure(error);
    if (failure === "missing" || failure === "forbidden") return undefined;
    throw error;
  }
}

function toEntry(name: string, kind: EntryKind | undefined): DirectoryEntry | undefined {
  return kind === "file" || kind === "directory" ? { name, kind } : undefined;
}

function stateOf(stats: Stats): EntryState {
  return { kind: kindOf(stats) ?? "other", bytes: stats.size, modifiedMs: stats.mtimeMs };
}

/** `undefined` where the file system does not tell it, or has it as something that is not served. */
function kindOf(entry: Dirent | Stats): EntryKind | undefined {
  if (entry.isDirectory()) return "directory";
  if (entry.isFile()) return "file";
  return entry.isSymbolicLink() ? "link" : undefined;
}
