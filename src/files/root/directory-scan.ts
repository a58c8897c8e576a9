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
import { descriptorPath, O_PATH, realPathOf } from "./descriptor-path.ts";
import type { DocumentRoot } from "./document-root.ts";

/**
 * The least size of a directory, in bytes, that is read on the thread pool: `readdirSync` of
 * 100,000 names keeps the event loop for 43 ms, a promise for 5. Smaller directories are read at
 * once, in a millisecond: on ext4 this is about 3,000 names of 20 letters.
 */
export const LARGE_DIRECTORY_BYTES = 128 * 1024;

/** The sizes and times of many entries, by index; NaN if unreadable, or if an entry has no size. */
export interface AllMeasures {
  readonly bytes: Measures;
  readonly modifiedMs: Measures;
}

/**
 * An open directory of a root: reads its names bit by bit, and measures its entries.
 *
 * Everything is read below one descriptor, so that nothing that takes the directory's place
 * meanwhile is read instead. The target of a link is measured by the descriptor that was found to
 * be inside the root.
 */
export class DirectoryScan implements Disposable {
  readonly #root: DocumentRoot;
  readonly #calls: DirectoryCalls | undefined;
  readonly #descriptor: number;
  /** A path to the opened directory, even if something else has taken its place. */
  readonly #path: string;
  /** All entries at the first read, if there are no calls of our own. */
  #dirents: readonly Dirent[] | undefined;
  #next = 0;
  /** The names with U+FFFD that were found so far. */
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
   * Opens a directory.
   *
   * @param directory its real path
   * @throws file-system errors, `ENOENT` if something else has taken its place, `EMFILE` if descriptors
   *   are scarce
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
      root.refuseIfScarce(descriptor);
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

  /** Returns the state of the directory itself. */
  stats(): BigIntStats {
    return fstatSync(this.#descriptor, { bigint: true });
  }

  /** Tells whether all entries so far, shown or not, are files and directories and no links. */
  get isPlain(): boolean {
    return this.#isPlain;
  }

  /**
   * Reads the next servable entries, some hundreds at most, in the order of the directory, each
   * with its kind after links are followed; `undefined` at the end.
   *
   * @throws file-system errors
   */
  *next(): Sliced<readonly DirectoryEntry[] | undefined> {
    const found = yield* this.#read();
    return found?.map((each) => this.#entryFrom(each)).filter((entry) => entry !== undefined);
  }

  /** Begins again at the first entry. */
  rewind(): void {
    this.#calls?.rewind(this.#descriptor);
    this.#next = 0;
    this.#doubtful = new Set();
  }

  /** Measures entries, in the given order. Entries that have vanished meanwhile are left out. */
  *measure(entries: readonly DirectoryEntry[]): Sliced<ListingRow[]> {
    const rows = yield* mapInSlices(entries, (entry) => this.#rowFrom(entry));
    return rows.filter((row) => row !== undefined);
  }

  /** Measures entries without making an object for each. */
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
   * Tells whether the name is the one on disk. Bytes that are not UTF-8 read as U+FFFD. Such a name
   * opens nothing, or another file that is really called so, which may be listed once.
   */
  #isLegible(name: string): boolean {
    if (!name.includes("\ufffd")) return true;
    if (this.#doubtful.has(name)) return false;
    this.#doubtful.add(name);
    return this.#look(name) !== undefined;
  }

  /** Measures an entry; one that cannot be measured is still listed: a dead mount, a bad block. */
  #rowFrom({ name, kind }: DirectoryEntry): ListingRow | undefined {
    const state = ifBroken("broken", () => this.#look(name));
    if (state === "broken") return { name, kind, bytes: undefined, modifiedMs: undefined };
    const entry = toEntry(name, state?.kind);
    if (state === undefined || entry === undefined) return undefined;
    const bytes = entry.kind === "file" ? state.bytes : undefined;
    return { name, kind: entry.kind, bytes, modifiedMs: state.modifiedMs };
  }

  /** Looks at an entry, and behind it if it is a link; `undefined` if it cannot be served. */
  #look(name: string): EntryState | undefined {
    // If our own call fails, the other one succeeds or says why not.
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

/** Returns the result of a look, or a value if the look fails because of the entry alone. */
function ifBroken<T>(value: T, look: () => EntryState | undefined): EntryState | T | undefined {
  try {
    return look();
  } catch (error) {
    if (classifyFailure(error) === "broken") return value;
    throw error; // the machine is exhausted: an entry left out for that would be missed
  }
}

/** Looks at an entry; `undefined` if it has gone, dangles, loops or is forbidden. */
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

/** Returns the kind of an entry; `undefined` if it is unknown or is never served. */
function kindOf(entry: Dirent | Stats): EntryKind | undefined {
  if (entry.isDirectory()) return "directory";
  if (entry.isFile()) return "file";
  return entry.isSymbolicLink() ? "link" : undefined;
}
