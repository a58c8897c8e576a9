import type { MemorySource } from "./representation.ts";
import type { Resource } from "./resource.ts";
import type { Watched } from "../root/watched.ts";
import { Recent } from "../slices/recent.ts";
import { Turns } from "../slices/turns.ts";

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

/** The bytes that may replace others at once in a full cache. */
const TURNOVER_BYTES = 16 * 1024 * 1024;

/**
 * The bytes a second that may replace others in a full cache. Files that are asked for in turn, and that
 * do not fit all together, would only replace each other. A file that is asked for often gets in soon.
 */
const TURNOVER_BYTES_PER_SECOND = 4 * 1024 * 1024;

/** The bound, the clock and the effects of a `ContentCache`. */
export interface ContentCacheOptions {
  readonly maxBytes: number;
  readonly isUnchanged: IsUnchanged;
  /** Takes the bytes that are given up. */
  readonly onForget: (bytes: number) => void;
  /** The turns of the event loop, if others count them too. */
  readonly turns?: Turns;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
}

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
  readonly #turns: Turns;
  /** The bytes that may replace others, at the time below. */
  #turnoverBytes = TURNOVER_BYTES;
  #turnoverMs: number;

  constructor(options: ContentCacheOptions) {
    const { maxBytes, isUnchanged, onForget, turns = new Turns(), now } = options;
    this.#turns = turns;
    this.#maxBytes = maxBytes;
    this.#isUnchanged = isUnchanged;
    this.#now = now;
    this.#turnoverMs = now();
    this.#entries = new Recent({
      most: maxBytes,
      weigh: ({ resource }) => resource.bytes + ENTRY_BYTES,
      onForget,
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

  /**
   * Admits content to the cache.
   *
   * @returns whether there is room for this many bytes, or they may replace others
   */
  admit(bytes: number): boolean {
    const needed = bytes + ENTRY_BYTES;
    if (needed > this.#maxBytes) return false;
    if (this.#entries.weight + needed <= this.#maxBytes) return true;
    const now = this.#now();
    const earned = ((now - this.#turnoverMs) / 1000) * TURNOVER_BYTES_PER_SECOND;
    this.#turnoverBytes = Math.min(TURNOVER_BYTES, this.#turnoverBytes + earned);
    this.#turnoverMs = now;
    if (this.#turnoverBytes < needed) return false;
    this.#turnoverBytes -= needed;
    return true;
  }

  /** Returns the resource at a path, as it is on disk now; `undefined` if it has to be read. */
  get(path: string): KeptResource | undefined {
    const entry = this.#entries.peek(path);
    if (entry === undefined) return undefined;
    const turn = this.#turns.current;
    if (entry.checkedTurn === turn) return entry.resource;
    if (!this.#isFresh(entry)) {
      this.#entries.delete(path);
      return undefined;
    }
    entry.checkedTurn = turn;
    this.#entries.use(path, entry);
    return entry.resource;
  }

  /** Keeps a resource that was just read and admitted. */
  set(path: string, { resource, files, gaps, hasNews }: Keepable): void {
    const checked = { checkedTurn: this.#turns.current, gapsCheckedMs: this.#now() };
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
}

/** Drops the content that a file has: the resource has a copy of its own. */
function toWatched({ lookupPath, fingerprint }: Watched): Watched {
  return { lookupPath, fingerprint };
}
