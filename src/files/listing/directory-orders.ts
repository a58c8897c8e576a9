import type { DirectoryEntry, Measures } from "../root/directory-entry.ts";
import type { DirectoryReader } from "../root/directory-reader.ts";
import type { DirectoryScan } from "../root/directory-scan.ts";
import { isUnchanged } from "../root/watched.ts";
import { SharedTurns } from "../slices/shared-turns.ts";
import type { Sliced } from "../slices/sliced.ts";
import { matcherOf } from "./filter.ts";
import { DirectoryNames } from "./directory-names.ts";
import type { NameOrder } from "./name-order.ts";
import { sortByMeasure } from "./order.ts";
import type { ListingQuery } from "./page.ts";

type Order = Pick<ListingQuery, "sort" | "order">;
type Wanted = Order & Pick<ListingQuery, "filter">;

/** The entries of a directory in an order, or those of them that pass a filter. */
export interface OrderedEntries {
  readonly total: number;
  readonly directories: number;
  /** The number of entries with those that the filter leaves out. */
  readonly unfiltered: number;
  /** The size of all files, in bytes; `undefined` if they were not measured. */
  readonly totalBytes: number | undefined;
  /** Returns the entries from `start` to before `end`. */
  readonly slice: (start: number, end: number) => Sliced<readonly DirectoryEntry[]>;
}

/**
 * Puts the entries of directories in order. Large directories are read, filtered and measured one at a
 * time, and once for all who wait for the same of the same directory. Nothing is kept of a filter.
 */
export class DirectoryOrders {
  readonly #reader: DirectoryReader;
  readonly #names: DirectoryNames;
  readonly #turns = new SharedTurns<OrderedEntries>();

  constructor(reader: DirectoryReader) {
    this.#reader = reader;
    this.#names = new DirectoryNames({ list: (path) => reader.list(path), isUnchanged });
  }

  /**
   * Reads a directory, and measures all entries that pass the filter if they are not ordered by name.
   *
   * @param path its real path
   * @throws the errors of reading the directory
   */
  *read(path: string, query: Wanted): Sliced<OrderedEntries> {
    const { sort, order, filter } = query;
    const isOfNames = sort === "name" && filter === undefined;
    const isHeavy = this.#reader.isLarge(path) && !(isOfNames && this.#names.has(path));
    if (!isHeavy) return yield* this.#order(path, query);
    const key = JSON.stringify([sort, order, filter, path]);
    return yield* this.#turns.do(key, () => this.#order(path, query));
  }

  *#order(path: string, { sort, order, filter }: Wanted): Sliced<OrderedEntries> {
    const all = yield* this.#names.read(path);
    const names = filter === undefined ? all : yield* all.filter(matcherOf(filter));
    const { total, directories } = names;
    const counts = { total, directories, unfiltered: all.total };
    if (sort === "name") {
      const slice = (start: number, end: number) => names.slice(start, end, order);
      return { ...counts, totalBytes: undefined, slice };
    }
    using scan = this.#reader.open(path);
    const { sorted, bytes } = yield* sortMeasured(scan, names, { sort, order });
    return { ...counts, totalBytes: sumOf(bytes), slice: sliceOf(sorted) };
  }
}

/** Measures the entries of a scanned directory, and sorts them by size, or else by time. */
export function* sortMeasured(scan: DirectoryScan, names: NameOrder, { sort, order }: Order) {
  const entries = yield* names.slice(0, names.total, "asc");
  const { bytes, modifiedMs } = yield* scan.measureAll(entries);
  const sorted = yield* sortByMeasure(entries, sort === "size" ? bytes : modifiedMs, order);
  return { sorted, bytes };
}

/** Makes the slices of entries that are in memory, in their order. */
export function sliceOf(entries: readonly DirectoryEntry[]): OrderedEntries["slice"] {
  return function* (start, end) {
    return entries.slice(start, end);
  };
}

/** Adds up sizes; an entry without one counts as 0. */
function sumOf(bytes: Measures): number {
  return bytes.reduce((sum, value) => (Number.isNaN(value) ? sum : sum + value), 0);
}
