import type { ListingChoice, ListingForm } from "./choose-listing.ts";
import { matcherOf } from "./filter.ts";
import { NameOrder } from "./name-order.ts";
import type { DirectoryEntry, ListingRow } from "../root/directory-entry.ts";
import { ROWS_PER_PAGE, type ListingPage, type ListingQuery } from "./page.ts";
import { doAtOnce, SLICE_ITEMS, type Sliced } from "../slices/sliced.ts";
import { WHOLE_PARTS } from "./whole.ts";
import type { DirectoryReader } from "../root/directory-reader.ts";
import type { DirectoryScan } from "../root/directory-scan.ts";
import type { LocatedDirectory } from "../root/document-root.ts";
import {
  sliceOf,
  sortMeasured,
  type DirectoryOrders,
  type OrderedEntries,
} from "./directory-orders.ts";
import type { Pace, Slices } from "../slices/slices.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Order = Pick<ListingQuery, "sort" | "order" | "isOrdered" | "filter">;

/** The most entries that are answered at once, with a length and an ETag. */
const FEW_ENTRIES = ROWS_PER_PAGE;

/** The most entries that are sorted. */
export interface SortLimits {
  /** The limit for one directory, unless the client asks for an order. */
  readonly entries: number;
  /** The limit for all directories together, whose entries are held while clients take them. */
  readonly heldEntries: number;
  /** The number of held entries, sorted as clients asked, from which on no more are sorted. */
  readonly askedEntries: number;
}

/** About 1.5 MB of names, 30 MB for all together, and 75 MB for those that clients asked for. */
const SORT_LIMITS: SortLimits = { entries: 10_000, heldEntries: 200_000, askedEntries: 500_000 };

/** Entries in their order, held until they are disposed of. */
interface Held extends Disposable {
  readonly source: EntrySource;
}

/** A source of entries, some hundreds at a time; `undefined` at the end. */
interface EntrySource {
  readonly next: () => Sliced<readonly DirectoryEntry[] | undefined>;
}

/**
 * Lists whole directories, for programs: a program takes a listing for complete, and some delete
 * files that are missing from it.
 *
 * Beyond 10,000 entries the order is that of the directory, which takes no memory, unless the
 * client asks for another. Such sorts are done one after the other, and shared by those who wait.
 */
export class WholeListings {
  readonly #reader: DirectoryReader;
  readonly #slices: Slices;
  readonly #limits: SortLimits;
  readonly #orders: DirectoryOrders;
  /** The number of clients that take what was sorted as they asked. */
  readonly #holders = new Map<OrderedEntries, number>();
  #heldEntries = 0;

  constructor(
    reader: DirectoryReader,
    orders: DirectoryOrders,
    slices: Slices,
    limits = SORT_LIMITS,
  ) {
    this.#reader = reader;
    this.#orders = orders;
    this.#slices = slices;
    this.#limits = limits;
  }

  /**
   * Lists a directory of up to 1,000 entries in one go: a client that pipelines needs its answers
   * at once (see `Slices`).
   *
   * @returns `undefined` for a directory with more
   * @throws file-system errors
   */
  *readFew(
    directory: LocatedDirectory,
    query: ListingQuery,
  ): Sliced<Omit<ListingPage, "depth"> | undefined> {
    using scan = this.#reader.open(directory.path);
    const entries = yield* take(scan, FEW_ENTRIES);
    if (entries.length > FEW_ENTRIES) return undefined;
    const shown = query.filter === undefined ? entries : entries.filter(matcherOf(query.filter));
    const rows = doAtOnce(scan.measure(doAtOnce(inOrder(scan, shown, query))));
    const directories = countDirectories(rows);
    return {
      segments: directory.segments,
      query: { ...query, page: 1 },
      rows,
      total: rows.length,
      directories,
      files: rows.length - directories,
      unfiltered: entries.length,
      totalBytes: undefined,
      start: 0,
      pageCount: 1,
      readme: undefined,
    };
  }

  /** Tells whether clients hold so much that no other order can be asked for. */
  get isFull(): boolean {
    const held = Array.from(this.#holders.keys()).reduce((sum, { total }) => sum + total, 0);
    return held >= this.#limits.askedEntries;
  }

  /**
   * Lists a directory of any number of entries, in pieces of about 60 KB as the client takes them.
   *
   * @param signal of the client: no more work is done after it has left
   * @throws the errors of reading the directory: a listing that fails never looks complete
   */
  async *stream(
    directory: LocatedDirectory,
    { form, query }: ListingChoice,
    signal: AbortSignal,
  ): AsyncGenerator<Bytes, void, void> {
    const encoder = new TextEncoder();
    const parts = WHOLE_PARTS[wholeFormOf(form)];
    const pace = this.#slices.pace(signal);
    using scan = this.#reader.open(directory.path);
    using held = await this.#sort(directory.path, scan, query, pace);
    const ordered = held && { sort: query.sort, order: query.order };
    const source: EntrySource = held?.source ?? filterEntries(scan, query);
    let text = parts.head({ segments: directory.segments, ordered, filter: query.filter });
    let total = 0;
    let directories = 0;
    for (;;) {
      const rows = await pace.do(measureNext(scan, source));
      if (rows === undefined) break;
      text += parts.rows(rows, total);
      total += rows.length;
      directories += countDirectories(rows);
      if (text !== "") yield encoder.encode(text); // an empty piece would be the last
      text = "";
    }
    text += parts.foot({ directories, files: total - directories });
    if (text !== "") yield encoder.encode(text);
  }

  /** Sorts the entries of a directory; `undefined` if memory does not allow it. */
  async #sort(
    path: string,
    scan: DirectoryScan,
    query: Order,
    pace: Pace,
  ): Promise<Held | undefined> {
    const { entries: most, heldEntries } = this.#limits;
    // Counted before they are held: with many clients at once, memory depends on that.
    const count = await pace.do(countUpTo(filterEntries(scan, query), most));
    scan.rewind();
    if (count <= most && this.#heldEntries + count <= heldEntries) {
      return await hold(this.#reserve(count), pace.do(sortAll(scan, query)));
    }
    if (!query.isOrdered) return undefined;
    return this.#share(await pace.do(this.#orders.read(path, query)));
  }

  #share(ordered: OrderedEntries): Held {
    this.#holders.set(ordered, (this.#holders.get(ordered) ?? 0) + 1);
    return {
      source: sourceOf(ordered.total, ordered.slice),
      [Symbol.dispose]: () => {
        const others = (this.#holders.get(ordered) ?? 0) - 1;
        if (others > 0) this.#holders.set(ordered, others);
        else this.#holders.delete(ordered);
      },
    };
  }

  #reserve(count: number): Disposable {
    this.#heldEntries += count;
    return { [Symbol.dispose]: () => (this.#heldEntries -= count) };
  }
}

/** Holds sorted entries, and gives their place back if the sorting fails. */
async function hold(place: Disposable, sorting: Promise<readonly DirectoryEntry[]>): Promise<Held> {
  using unless = new DisposableStack();
  unless.use(place);
  const entries = await sorting;
  unless.move();
  const source = sourceOf(entries.length, sliceOf(entries));
  return { source, [Symbol.dispose]: () => place[Symbol.dispose]() };
}

/** Reads all entries, or until there are more than so many. */
function* take(source: EntrySource, most: number): Sliced<readonly DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  while (entries.length <= most) {
    const some = yield* source.next();
    if (some === undefined) break;
    entries.push(...some);
    // A few entries are read in one go.
    if (most > FEW_ENTRIES || entries.length > FEW_ENTRIES) yield;
  }
  return entries;
}

/** Counts all entries, or until there are more than so many. */
function* countUpTo(source: EntrySource, most: number): Sliced<number> {
  let count = 0;
  while (count <= most) {
    const some = yield* source.next();
    if (some === undefined) break;
    count += some.length;
    yield;
  }
  return count;
}

function* sortAll(scan: DirectoryScan, query: Order): Sliced<readonly DirectoryEntry[]> {
  return yield* inOrder(scan, yield* take(filterEntries(scan, query), Infinity), query);
}

function* inOrder(
  scan: DirectoryScan,
  entries: readonly DirectoryEntry[],
  { sort, order }: Order,
): Sliced<readonly DirectoryEntry[]> {
  const names = yield* NameOrder.of(entries);
  if (sort === "name") return yield* names.slice(0, names.total, order);
  const { sorted } = yield* sortMeasured(scan, names, { sort, order });
  return sorted;
}

function* measureNext(
  scan: DirectoryScan,
  source: EntrySource,
): Sliced<readonly ListingRow[] | undefined> {
  const entries = yield* source.next();
  return entries && (yield* scan.measure(entries));
}

/** Leaves out what the filter does; a source may then give no entries and yet not be at its end. */
function filterEntries(source: EntrySource, { filter }: Order): EntrySource {
  if (filter === undefined) return source;
  const isShown = matcherOf(filter);
  return {
    *next() {
      return (yield* source.next())?.filter(isShown);
    },
  };
}

function sourceOf(total: number, slice: OrderedEntries["slice"]): EntrySource {
  let start = 0;
  return {
    *next() {
      if (start >= total) return undefined;
      const some = yield* slice(start, start + SLICE_ITEMS);
      start += SLICE_ITEMS;
      return some;
    },
  };
}

function countDirectories(rows: readonly ListingRow[]): number {
  return rows.reduce((count, { kind }) => (kind === "directory" ? count + 1 : count), 0);
}

/** Returns the form of a whole listing; a page is never whole. */
function wholeFormOf(form: ListingForm): keyof typeof WHOLE_PARTS {
  return form === "page" ? "plain" : form;
}
