import { SLICE_ITEMS, type Sliced } from "./sliced.ts";

/** Items that are sorted at once, in 2 to 3 ms; shorter runs take more merging. */
const RUN_ITEMS = 2048;

/**
 * Sorts in slices, and stably, into a new array: the engine sorts runs, which are then merged in
 * pairs.
 *
 * @param compare as for `Array.prototype.sort`
 */
export function* sortInSlices<T>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
): Sliced<T[]> {
  let runs: T[][] = [];
  for (let start = 0; start < items.length; start += RUN_ITEMS) {
    runs.push(items.slice(start, start + RUN_ITEMS).sort(compare));
    yield;
  }
  while (runs.length > 1) runs = yield* mergePairs(runs, compare);
  return runs[0] ?? [];
}

function* mergePairs<T>(runs: readonly T[][], compare: (a: T, b: T) => number): Sliced<T[][]> {
  const merged: T[][] = [];
  for (let index = 0; index < runs.length; index += 2) {
    const left = runs[index] ?? [];
    const right = runs[index + 1];
    merged.push(right === undefined ? left : yield* merge({ left, right, compare }));
  }
  return merged;
}

/** Two sorted runs to merge. */
interface Merging<T> {
  readonly left: readonly T[];
  readonly right: readonly T[];
  readonly compare: (a: T, b: T) => number;
}

function* merge<T>(runs: Merging<T>): Sliced<T[]> {
  const { left, right } = runs;
  const merged: T[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    l = mergeSome(runs, merged, l, r);
    r = merged.length - l;
    yield;
  }
  return merged.concat(left.slice(l), right.slice(r));
}

/**
 * Merges one slice, and returns how far it has come in the left run. It is not a generator, as
 * those run half as fast.
 */
function mergeSome<T>(runs: Merging<T>, merged: T[], fromLeft: number, fromRight: number): number {
  const { left, right, compare } = runs;
  let l = fromLeft;
  let r = fromRight;
  for (let count = 0; count < SLICE_ITEMS && l < left.length && r < right.length; count++) {
    // Both indices are in bounds; a check for undefined would forbid sorting undefined.
    const a = left[l] as T;
    const b = right[r] as T;
    // The left one of equal items comes first: that makes the sort stable.
    if (compare(a, b) <= 0) {
      merged.push(a);
      l += 1;
    } else {
      merged.push(b);
      r += 1;
    }
  }
  return l;
}
