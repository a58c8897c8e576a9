import type { MemorySource } from "./representation.ts";
import type { Resource } from "./resource.ts";
import type { Watched } from "../root/watched.ts";
import { Recent } from "../slices/recent.ts";

/** Looks whether a file, a directory or a gap is still in the same state. */
export type IsUnchanged = (watched: Watched) => boolean;

/** A resource whose bytes are in memory, so that they cannot change. */
export type KeptResource = Resource<MemorySource>;

/** A resource that may be kept until one of its sources changes. */
export interface Keepable {
  readonly resource: KeptResource;
  /** The file, its siblings, and everything else that decides whether they are inside the root. */
  readonly files: readonly Watched[];
  /** The paths at which a sibling may appear. */
  readonly gaps: readonly Watched[];
  /** Tells whether a sibling may be found good by now; `undefined` if no verdict is open. */
  readonly hasNews: (() => boolean) | undefined;
}

interface Cached extends Keepable {
  checkedTurn: number;
  gapsCheckedMs: number;
}

/** The memory of an entry besides its content, in bytes: headers, keys, fingerprints. */
const ENTRY_BYTES = 2048;

/** How long (ms) a new precompressed sibling may stay unnoticed. */
const GAP_CHECK_MS = 1000;

/**
 * Keeps small files in memory, always fresh.
 *
 * Each entry is validated by a `stat` of its file, once in a turn of the event loop: requests that
 * were read in the same turn came at the same time. The cache is bounded by bytes; the entry that
 * was not used for the longest time goes first.
 */
export class ContentCache {
  readonly #maxBytes: number;
  readonly #isUnchanged: IsUnchanged;
  readonly #now: () => number;
  readonly #entries: Recent<Cached>;
  #turn = 0;
  #isTurnKnown = false;

  /**
   * Makes an empty cache.
   *
   * @param now a monotonic clock, in milliseconds
   */
  constructor(maxBytes: number, isUnchanged: IsUnchanged, now: () => number) {
    this.#maxBytes = maxBytes;
    this.#isUnchanged = isUnchanged;
    this.#now = now;
    this.#entries = new Recent({
      most: maxBytes,
      weigh: ({ resource }) => resource.bytes + ENTRY_BYTES,
    });
  }

  /** The memory that the entries take, in bytes. */
  get bytes(): number {
    return this.#entries.weight;
  }

  /** The number of entries. */
  get size(): number {
    return this.#entries.size;
  }

  /** Tells whether content of this many bytes is small enough to be kept. */
  accepts(bytes: number): boolean {
    return bytes + ENTRY_BYTES <= this.#maxBytes;
  }

  /** Returns the resource at a path, as it is on disk now; `undefined` if it has to be read. */
  get(path: string): KeptResource | undefined {
    const entry = this.#entries.peek(path);
    if (entry === undefined) return undefined;
    const turn = this.#currentTurn();
    if (entry.checkedTurn === turn) return entry.resource;
    if (!this.#isFresh(entry)) {
      this.#entries.delete(path);
      return undefined;
    }
    entry.checkedTurn = turn;
    this.#entries.use(path, entry);
    return entry.resource;
  }

  /** Keeps a resource that was just read. */
  set(path: string, { resource, files, gaps, hasNews }: Keepable): void {
    const checked = { checkedTurn: this.#currentTurn(), gapsCheckedMs: this.#now() };
    const watched = { files: files.map(toWatched), gaps: gaps.map(toWatched) };
    this.#entries.use(path, { resource, ...watched, hasNews, ...checked });
  }

  /** Removes all entries. */
  clear(): void {
    this.#entries.clear();
  }

  #isFresh(entry: Cached): boolean {
    if (entry.hasNews?.() === true || !entry.files.every(this.#isUnchanged)) return false;
    const now = this.#now();
    if (entry.gaps.length === 0 || now - entry.gapsCheckedMs < GAP_CHECK_MS) return true;
    entry.gapsCheckedMs = now;
    return entry.gaps.every(this.#isUnchanged);
  }

  /** Returns the number of the turn, which ends when the event loop comes to the immediates. */
  #currentTurn(): number {
    if (!this.#isTurnKnown) {
      this.#isTurnKnown = true;
      setImmediate(this.#endTurn);
    }
    return this.#turn;
  }

  readonly #endTurn = (): void => {
    this.#turn++;
    this.#isTurnKnown = false;
  };
}

/** Drops the content that a file has: the resource has a copy of its own. */
function toWatched({ lookupPath, fingerprint }: Watched): Watched {
  return { lookupPath, fingerprint };
}
