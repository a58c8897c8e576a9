import { NameOrder } from "../listing/name-order.ts";
import { waitFor, type Sliced } from "../listing/sliced-sort.ts";
import type { DirectoryContent, Watched } from "./document-root.ts";

/** Reads directories, and tells whether they changed. */
export interface DirectoryReader {
  readonly list: (directory: string) => Sliced<DirectoryContent>;
  readonly isUnchanged: (watched: Watched) => boolean;
}

interface Kept {
  readonly watched: Watched;
  readonly names: NameOrder;
}

/** Fewer names than this are read and sorted again: that takes a few milliseconds at most. */
const KEEP_FROM_NAMES = 1000;

/** How many names are kept, of all directories together: about 200 bytes each. */
const MAX_KEPT_NAMES = 300_000;

/**
 * The names of directories, in order. Those of large ones are kept, always fresh: a directory's times
 * change with every name that comes, goes or becomes something else.
 */
export class DirectoryNames {
  readonly #reader: DirectoryReader;
  /** By real path, in the order of use. */
  readonly #kept = new Map<string, Kept>();
  /** Directories that are being read and sorted. */
  readonly #underWay = new Map<string, Promise<Kept | undefined>>();

  constructor(reader: DirectoryReader) {
    this.#reader = reader;
  }

  /**
   * The names in a directory, in order.
   *
   * @param directory its real path
   * @throws what reading it throws
   */
  *read(directory: string): Sliced<NameOrder> {
    const known = this.#recall(directory) ?? (yield* this.#join(directory));
    if (known !== undefined) return known;
    const { promise, resolve } = Promise.withResolvers<Kept | undefined>();
    this.#underWay.set(directory, promise);
    let kept: Kept | undefined;
    try {
      const { entries, watched } = yield* this.#reader.list(directory);
      const names = yield* NameOrder.of(entries);
      if (watched !== undefined) kept = { watched, names };
      if (kept !== undefined && names.total >= KEEP_FROM_NAMES) this.#keep(directory, kept);
      return names;
    } finally {
      if (this.#underWay.get(directory) === promise) this.#underWay.delete(directory);
      resolve(kept);
    }
  }

  /** What was kept, if it is still true. */
  #recall(directory: string): NameOrder | undefined {
    const kept = this.#kept.get(directory);
    if (kept === undefined) return undefined;
    this.#kept.delete(directory);
    if (!this.#reader.isUnchanged(kept.watched)) return undefined;
    this.#kept.set(directory, kept);
    return kept.names;
  }

  /** What another request has begun to read, if it is still true when that is done. */
  *#join(directory: string): Sliced<NameOrder | undefined> {
    const underWay = this.#underWay.get(directory);
    const kept = underWay && (yield* waitFor(underWay));
    return kept !== undefined && this.#reader.isUnchanged(kept.watched) ? kept.names : undefined;
  }

  #keep(directory: string, kept: Kept): void {
    this.#kept.set(directory, kept);
    let total = Array.from(this.#kept.values()).reduce((sum, { names }) => sum + names.total, 0);
    for (const [oldest, { names }] of this.#kept) {
      if (total <= MAX_KEPT_NAMES) return;
      this.#kept.delete(oldest);
      total -= names.total;
    }
  }
}
