import { NameOrder } from "./name-order.ts";
import { Recent } from "../slices/recent.ts";
import type { Sliced } from "../slices/sliced.ts";
import type { DirectoryContent } from "../root/directory-reader.ts";
import type { Watched } from "../root/watched.ts";

/** Reads directories, and tells whether they changed. */
export interface DirectoryContents {
  readonly list: (directory: string) => Sliced<DirectoryContent>;
  readonly isUnchanged: (watched: Watched) => boolean;
}

interface Kept {
  readonly watched: Watched;
  readonly names: NameOrder;
}

/** The fewest names to keep: fewer are read and sorted again in a few milliseconds. */
const KEEP_FROM_NAMES = 1000;

/** The most names to keep of all directories together, at about 200 bytes each. */
const MAX_KEPT_NAMES = 300_000;

/**
 * Reads the names of directories in order. The names of large directories are kept, always fresh: a
 * directory's times change with every name that comes, goes or becomes something else.
 */
export class DirectoryNames {
  readonly #contents: DirectoryContents;
  /** The kept names by real path. */
  readonly #kept = new Recent<Kept>({
    most: MAX_KEPT_NAMES,
    weigh: ({ names }) => names.total,
  });

  constructor(contents: DirectoryContents) {
    this.#contents = contents;
  }

  /** Tells whether the names of a directory are known and still true. */
  has(directory: string): boolean {
    return this.#recall(directory) !== undefined;
  }

  /**
   * Returns the names of a directory, in order.
   *
   * @param directory its real path
   * @throws the errors of reading the directory
   */
  *read(directory: string): Sliced<NameOrder> {
    const known = this.#recall(directory);
    if (known !== undefined) return known;
    const { entries, watched } = yield* this.#contents.list(directory);
    const names = yield* NameOrder.of(entries);
    if (watched !== undefined && names.total >= KEEP_FROM_NAMES) {
      this.#kept.use(directory, { watched, names });
    }
    return names;
  }

  /** Returns the kept names, if they are still true. */
  #recall(directory: string): NameOrder | undefined {
    const kept = this.#kept.peek(directory);
    if (kept === undefined) return undefined;
    if (this.#contents.isUnchanged(kept.watched)) return this.#kept.use(directory, kept).names;
    this.#kept.delete(directory);
    return undefined;
  }
}
