/**
 * Work in slices: the generator pauses between pieces of a few milliseconds, so that whoever runs
 * it can let other events through, and returns the result.
 */
export type Sliced<T> = Generator<void, T, void>;

/**
 * Items worked on between two pauses: sorting that many names takes about half a millisecond, so
 * whoever counts the time can stop close to where it means to.
 */
const SLICE_ITEMS = 512;

/** Maps in slices. */
export function* mapInSlices<T, U>(items: readonly T[], map: (item: T) => U): Sliced<U[]> {
  const mapped: U[] = [];
  for (let start = 0; start < items.length; start += SLICE_ITEMS) {
    for (const item of items.slice(start, start + SLICE_ITEMS)) mapped.push(map(item));
    yield;
  }
  return mapped;
}

/**
 * Sorts in slices, and stably, into a new array: runs by the engine's own sort, then merged by two.
 *
 * @param compare as for `Array.prototype.sort`
 */
export function* sortInSlices<T>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
): Sliced<T[]> {
  let runs: T[][] = [];
  for (let start = 0; start < items.length; start += SLICE_ITEMS) {
    runs.push(items.slice(start, start + SLICE_ITEMS).sort(compare));
    yield;
  }
  while (runs.length > 1) runs = yield* mergePairs(runs, compare);
  return runs[0] ?? [];
}

function* mergePairs<T>(runs: readonly T[][], compare: (a: T, b: T) => number): Sliced<T[][]> {
  const merged: T[][] = [];
  for (let index = 0; index < runs.length; index += 2) {
    merged.push(yield* merge(runs[index] ?? [], runs[index + 1] ?? [], compare));
  }
  return merged;
}

/** What compares equal comes from the left first: that is what makes the sort stable. */
function* merge<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (a: T, b: T) => number,
): Sliced<T[]> {
  const merged: T[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    // Both indices are in bounds; a check for undefined would forbid sorting undefined.
    const a = left[l] as T;
    const b = right[r] as T;
    if (compare(a, b) <= 0) {
      merged.push(a);
      l += 1;
    } else {
      merged.push(b);
      r += 1;
    }
    if (merged.length % SLICE_ITEMS === 0) yield;
  }
  return merged.concat(left.slice(l), right.slice(r));
}

/** Does all of the work at once. */
export function finish<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
