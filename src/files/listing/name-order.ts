import type { DirectoryEntry } from "../root/directory-entry.ts";
import { compareKeyed, keyByName, type Keyed, type SortOrder } from "./order.ts";
import { mapInSlices, type Sliced } from "../slices/sliced.ts";

/** A run of neighbours in the order: all of them come after the run before, and before the next. */
interface Segment {
  readonly items: readonly Keyed[];
  readonly isSorted: boolean;
}

/** Segments of this length are sorted at once, which takes 2 to 3 ms; longer ones are parted first. */
const SORT_AT_ONCE_ITEMS = 2048;

/** Items compared between two pauses, a few tenths of a millisecond. */
const SLICE_ITEMS = 1024;

/** Of so many items the middle one parts a segment; a third to one side is about the worst of it. */
const SAMPLE_ITEMS = 31;

/**
 * The names of a directory in natural order, directories first, sorted as far as somebody has looked:
 * the first 1,000 of 100,000 cost a fifth of sorting them all, and what was sorted stays so.
 *
 * Several may look at once, each in slices: a segment is parted or sorted into new ones, which then
 * take its place, unless somebody else was faster.
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

  /** Takes entries in whatever order they are. */
  static *of(entries: readonly DirectoryEntry[]): Sliced<NameOrder> {
    const keyed = yield* mapInSlices(entries, keyByName);
    const directories = keyed.filter(({ kind }) => kind === "directory");
    return new NameOrder(
      directories,
      keyed.filter(({ kind }) => kind === "file"),
    );
  }

  /** The entries from `start` up to `end` in the order; directories come first in either. */
  *slice(start: number, end: number, order: SortOrder): Sliced<readonly DirectoryEntry[]> {
    const { directories, total } = this;
    const last = Math.min(end, total);
    return [
      ...(yield* sliceOf(this.#directories, start, Math.min(last, directories), order)),
      ...(yield* sliceOf(this.#files, Math.max(start - directories, 0), last - directories, order)),
    ];
  }
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

/** The segments that have some of these items, and where the first of them begins. */
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

/** Sorts a short segment, or parts a long one in two. */
function* refine(items: readonly Keyed[]): Sliced<Segment[]> {
  if (items.length <= SORT_AT_ONCE_ITEMS) return [sortAtOnce(items)];
  const pivot = middleOf(items);
  const before: Keyed[] = [];
  const after: Keyed[] = [];
  for (let start = 0; start < items.length; start += SLICE_ITEMS) {
    for (const item of items.slice(start, start + SLICE_ITEMS)) {
      (compareKeyed(item, pivot) < 0 ? before : after).push(item);
    }
    yield;
  }
  // Nothing comes before the middle one only where many names are the same, as some are that were
  // no UTF-8 on disk; sorting those takes no time.
  if (before.length === 0) return [sortAtOnce(items)];
  return [
    { items: before, isSorted: false },
    { items: after, isSorted: false },
  ];
}

function sortAtOnce(items: readonly Keyed[]): Segment {
  return { items: items.toSorted(compareKeyed), isSorted: true };
}

/** The middle one of a sample. */
function middleOf(items: readonly Keyed[]): Keyed {
  const step = items.length / SAMPLE_ITEMS;
  const sample = Array.from(
    { length: SAMPLE_ITEMS },
    (_, index) => items[Math.floor(index * step)],
  );
  const sorted = sample.filter((item) => item !== undefined).toSorted(compareKeyed);
  const middle = sorted[sorted.length >> 1];
  if (middle === undefined) throw new Error("there is no middle of nothing");
  return middle;
}
