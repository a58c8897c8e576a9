import type { MemorySource } from "./representation.ts";
import type { Resource } from "./resource.ts";
import type { Watched } from "../root/watched.ts";

/** Asks the file system whether something is as it was. */
export type IsUnchanged = (watched: Watched) => boolean;

/** A resource whose bytes are in memory, and so stay what they are. */
export type KeptResource = Resource<MemorySource>;

/** A resource that may be kept as long as what it was made from stays as it is. */
export interface Keepable {
  readonly resource: KeptResource;
  /** The file, its precompressed siblings, and what else decides whether they are inside the root. */
  readonly files: readonly Watched[];
  /** Where a sibling may appear. */
  readonly gaps: readonly Watched[];
  /** Whether a sibling may have been found to be good meanwhile; `undefined` where none can be. */
  readonly hasNews: (() => boolean) | undefined;
}

interface Cached extends Keepable {
  bytes: number;
  checkedTurn: number;
  gapsCheckedMs: number;
}

/** What an entry takes besides its content, in bytes: headers, keys, fingerprints. */
const ENTRY_BYTES = 2048;

/** How long, in milliseconds, a precompressed sibling may lie there without being noticed. */
const GAP_CHECK_MS = 1000;

/**
 * Small files in memory, always fresh.
 *
 * Each entry is validated by a `stat` of its file, once in a turn of the event loop: requests that
 * were read in the same turn came at the same time. Bounded by bytes; what was not used for
 * longest goes first.
 */
export class ContentCache {
  readonly #maxBytes: number;
  readonly #isUnchanged: IsUnchanged;
  readonly #entries = new Map<string, Cached>();
  #bytes = 0;
  #turn = 0;
  #isTurnKnown = false;

  constructor(maxBytes: number, isUnchanged: IsUnchanged) {
    this.#maxBytes = maxBytes;
    this.#isUnchanged = isUnchanged;
  }

  /** The bytes that its entries take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many entries there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** Whether content of this many bytes is not too large to be kept. */
  accepts(bytes: number): boolean {
    return bytes + ENTRY_BYTES <= this.#maxBytes;
  }

  /** The resource at a path, as it is on disk at this moment; `undefined` if it has to be read. */
  get(path: string): KeptResource | undefined {
    const entry = this.#entries.get(path);
    if (entry === undefined) return undefined;
    const turn = this.#currentTurn();
    if (entry.checkedTurn === turn) return entry.resource;
    if (!this.#isFresh(entry)) {
      this.#remove(path, entry);
      return undefined;
    }
    entry.checkedTurn = turn;
    this.#renew(path, entry);
    return entry.resource;
  }

  /** Keeps a resource that was just read. */
  set(path: string, { resource, files, gaps, hasNews }: Keepable): void {
    if (!this.accepts(resource.bytes)) return;
    const bytes = resource.bytes + ENTRY_BYTES;
    const before = this.#entries.get(path);
    if (before !== undefined) this.#remove(path, before);
    const checked = { checkedTurn: this.#currentTurn(), gapsCheckedMs: performance.now() };
    const watched = { files: files.map(toWatched), gaps: gaps.map(toWatched) };
    this.#entries.set(path, { resource, ...watched, hasNews, bytes, ...checked });
    this.#bytes += bytes;
    this.#evict();
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  #isFresh(entry: Cached): boolean {
    if (entry.hasNews?.() === true || !entry.files.every(this.#isUnchanged)) return false;
    const now = performance.now();
    if (entry.gaps.length === 0 || now - entry.gapsCheckedMs < GAP_CHECK_MS) return true;
    entry.gapsCheckedMs = now;
    return entry.gaps.every(this.#isUnchanged);
  }

  /** A turn ends when the loop comes to the immediates: all that was read before is one turn. */
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

  /** Moves it to the end of the map, which is in the order of use, and counts what it has grown by. */
  #renew(path: string, entry: Cached): void {
    this.#entries.delete(path);
    this.#entries.set(path, entry);
    const bytes = entry.resource.bytes + ENTRY_BYTES;
    if (bytes === entry.bytes) return;
    this.#bytes += bytes - entry.bytes;
    entry.bytes = bytes;
    this.#evict();
  }

  #evict(): void {
    for (const [path, entry] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#remove(path, entry);
    }
  }

  #remove(path: string, entry: Cached): void {
    this.#entries.delete(path);
    this.#bytes -= entry.bytes;
  }
}

/** Without the content that a file comes with: the resource has a copy of its own. */
function toWatched({ lookupPath, fingerprint }: Watched): Watched {
  return { lookupPath, fingerprint };
}
