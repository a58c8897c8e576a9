import type { DirectoryEntry } from "../root/directory-entry.ts";
import { compareKeyed, keyByName, type Keyed, type SortOrder } from "./order.ts";
import { mapInSlices, SLICE_ITEMS, type Sliced } from "../slices/sliced.ts";
import type { EntryTest } from "./filter.ts";

/** A run of neighbours in the order: all come after the run before, and before the next run. */
interface Segment {
  readonly items: readonly Keyed[];
  readonly isSorted: boolean;
}

/** The longest segment that is sorted at once, in 2 to 3 ms; longer ones are split first. */
const SORT_AT_ONCE_ITEMS = 2048;

/** The items compared between two pauses, in a few tenths of a millisecond. */
const COMPARED_ITEMS = 1024;

/** The sample whose median splits a segment: hardly ever less than a third on one side. */
const SAMPLE_ITEMS = 31;

/**
 * Sorts the names of a directory in natural order, directories first, only as far as they are
 * looked at: the first 1,000 of 100,000 names cost a fifth of sorting them all. The sorted part
 * stays sorted.
 *
 * Several readers may look at once, each in slices: a segment is split or sorted into new ones,
 * which then replace it, unless another reader was faster.
 */
export class NameOrder {
  readonly directories: number;
  readonly total: number;
  readonly #directories: Segment[];
  readonly #files: Segment[];

  private constructor(directories: readonly Keyed[], files: readonly Keyed[]) {
    this.directories = directories.length;
    this.total = directories.length + files.length;
    this.#directories = [{ items: directories, isSorted: false }];
    this.#files = [{ items: files, isSorted: false }];
  }

  /** Makes the order of entries, which may come in any. */
  static *of(entries: readonly DirectoryEntry[]): Sliced<NameOrder> {
    const keyed = yield* mapInSlices(entries, keyByName);
    const directories = keyed.filter(({ kind }) => kind === "directory");
    return new NameOrder(
      directories,
      keyed.filter(({ kind }) => kind === "file"),
    );
  }

  /** Returns an order of those entries alone that pass a test. */
  *filter(isShown: EntryTest): Sliced<NameOrder> {
    const directories = yield* pick(this.#directories, isShown);
    return new NameOrder(directories, yield* pick(this.#files, isShown));
  }

  /** Returns the entries from `start` to before `end`; directories come first in either order. */
  *slice(start: number, end: number, order: SortOrder): Sliced<readonly DirectoryEntry[]> {
    const { directories, total } = this;
    const last = Math.min(end, total);
    return [
      ...(yield* sliceOf(this.#directories, start, Math.min(last, directories), order)),
      ...(yield* sliceOf(this.#files, Math.max(start - directories, 0), last - directories, order)),
    ];
  }
}

/** Picks entries, in any order; others may sort the segments meanwhile, so it goes through a copy. */
function* pick(segments: readonly Segment[], isShown: EntryTest): Sliced<readonly Keyed[]> {
  const picked: Keyed[] = [];
  for (const { items } of [...segments]) {
    for (let start = 0; start < items.length; start += SLICE_ITEMS) {
      for (const item of items.slice(start, start + SLICE_ITEMS)) {
        if (isShown(item)) picked.push(item);
      }
      yield;
    }
  }
  return picked;
}

function* sliceOf(
  segments: Segment[],
  start: number,
  end: number,
  order: SortOrder,
): Sliced<readonly Keyed[]> {
  if (start >= end) return [];
  if (order === "asc") return yield* sortedSlice(segments, start, end);
  const total = segments.reduce((sum, { items }) => sum + items.length, 0);
  return (yield* sortedSlice(segments, total - end, total - start)).toReversed();
}

function* sortedSlice(segments: Segment[], start: number, end: number): Sliced<readonly Keyed[]> {
  for (;;) {
    const { first, within, offset } = findWithin(segments, start, end);
    const unsorted = within.find(({ isSorted }) => !isSorted);
    if (unsorted === undefined) {
      return within.flatMap(({ items }) => items).slice(start - offset, end - offset);
    }
    const refined = yield* refine(unsorted.items);
    const index = segments.indexOf(unsorted, first);
    if (index !== -1) segments.splice(index, 1, ...refined);
  }
}

/** Finds the segments with these items, and the index of their first item. */
function findWithin(segments: readonly Segment[], start: number, end: number) {
  let first = 0;
  let offset = 0;
  for (const { items } of segments) {
    if (offset + items.length > start) break;
    offset += items.length;
    first += 1;
  }
  let last = first;
  for (let next = offset; next < end && last < segments.length; last++) {
    next += segments[last]?.items.length ?? 0;
  }
  return { first, within: segments.slice(first, last), offset };
}

/** Sorts a short segment, or splits a long one in two. */
function* refine(items: readonly Keyed[]): Sliced<Segment[]> {
  if (items.length <= SORT_AT_ONCE_ITEMS) return [sortAtOnce(items)];
  const pivot = middleOf(items);
  const before: Keyed[] = [];
  const after: Keyed[] = [];
  for (let start = 0; start < items.length; start += COMPARED_ITEMS) {
    for (const item of items.slice(start, start + COMPARED_ITEMS)) {
      (compareKeyed(item, pivot) < 0 ? before : after).push(item);
    }
    yield;
  }
  // Nothing comes before the median only if many names are the same, such as names that were not
  // UTF-8 on disk; sorting those takes no time.
  if (before.length === 0) return [sortAtOnce(items)];
  return [
    { items: before, isSorted: false },
    { items: after, isSorted: false },
  ];
}

function sortAtOnce(items: readonly Keyed[]): Segment {
  return { items: items.toSorted(compareKeyed), isSorted: true };
}

/** Returns the median of a sample. */
function middleOf(items: readonly Keyed[]): Keyed {
  const step = items.length / SAMPLE_ITEMS;
  const sample = Array.from(
    { length: SAMPLE_ITEMS },
    (_, index) => items[Math.floor(index * step)],
  );
  const sorted = sample.filter((item) => item !== undefined).toSorted(compareKeyed);
  const middle = sorted[sorted.length >> 1];
  if (middle === undefined) throw new Error("no items, so no median");
  return middle;
}
