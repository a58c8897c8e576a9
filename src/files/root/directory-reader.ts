import { statSync, type BigIntStats } from "node:fs";
import type { DirectoryEntry } from "../root/directory-entry.ts";
import type { Sliced } from "../slices/sliced.ts";
import type { DirectoryCalls } from "../../system/directory-calls.ts";
import { DirectoryScan, LARGE_DIRECTORY_BYTES } from "./directory-scan.ts";
import type { DocumentRoot } from "./document-root.ts";
import { fingerprintOf, isSameState, isSettled, type Watched } from "./watched.ts";

/** The entries of a directory, in no order. */
export interface DirectoryContent {
  readonly entries: readonly DirectoryEntry[];
  /**
   * The directory in the state it was read in, in which its entries stay the same; `undefined` if
   * it may change without a trace: just now, or because it has a link.
   */
  readonly watched: Watched | undefined;
}

/** Reads the directories of a root for listings. */
export class DirectoryReader {
  readonly #root: DocumentRoot;
  readonly #calls: DirectoryCalls | undefined;

  /** @param calls `undefined` for Bun's own calls, which take more memory */
  constructor(root: DocumentRoot, calls: DirectoryCalls | undefined) {
    this.#root = root;
    this.#calls = calls;
  }

  /**
   * Opens a directory.
   *
   * @param directory its real path
   * @throws file-system errors, `ENOENT` if something else has taken its place
   */
  open(directory: string): DirectoryScan {
    return DirectoryScan.open(this.#root, directory, this.#calls);
  }

  /**
   * Lists the servable names of a directory, each with its kind after links are followed. A
   * directory of usual size is read without waiting.
   *
   * @param directory its real path
   * @throws file-system errors, `ENOENT` if something else has taken its place
   */
  *list(directory: string): Sliced<DirectoryContent> {
    using scan = this.open(directory);
    const before = scan.stats();
    const entries: DirectoryEntry[] = [];
    for (let some = yield* scan.next(); some !== undefined; some = yield* scan.next()) {
      entries.push(...some);
      yield;
    }
    const after = scan.stats();
    const watched =
      scan.isPlain && this.#isTraceable(before, after)
        ? { lookupPath: directory, fingerprint: fingerprintOf(after) }
        : undefined;
    return { entries, watched };
  }

  /**
   * Tells whether a directory has so many names that it is listed in slices. The sign is its size,
   * which depends on its names in most file systems.
   */
  isLarge(directory: string): boolean {
    const size = statSync(directory, { throwIfNoEntry: false })?.size;
    return size !== undefined && size >= LARGE_DIRECTORY_BYTES;
  }

  /** Tells whether a change would have left a trace: of names, and of kinds of all but links. */
  #isTraceable(before: BigIntStats, after: BigIntStats): boolean {
    return (
      isSameState(fingerprintOf(before), fingerprintOf(after)) && isSettled(after, this.#root.now())
    );
  }
}
