/**
 * Work in slices: a generator that pauses every few milliseconds, so that its caller can let other
 * events through, and returns the result. If it yields a promise, it has to be resumed after that
 * is settled.
 */
export type Sliced<T> = Generator<Promise<unknown> | undefined, T, void>;

/**
 * The items between two pauses: they take a few tenths of a millisecond, so a caller that counts
 * the time can stop close to its limit.
 */
export const SLICE_ITEMS = 512;

/** Waits for a promise, and returns its value or throws its reason. */
export function* waitFor<T>(promise: Promise<T>): Sliced<T> {
  const settled: PromiseSettledResult<T>[] = [];
  yield Promise.allSettled([promise]).then((results) => settled.push(...results));
  const [result] = settled;
  if (result === undefined) throw new Error("resumed before the promise was settled");
  if (result.status === "rejected") throw result.reason;
  return result.value;
}

/** Maps an array in slices. */
export function* mapInSlices<T, U>(
  items: readonly T[],
  map: (item: T, index: number) => U,
): Sliced<U[]> {
  const mapped: U[] = [];
  for (let start = 0; start < items.length; start += SLICE_ITEMS) {
    items.slice(start, start + SLICE_ITEMS).forEach((item, i) => mapped.push(map(item, start + i)));
    yield;
  }
  return mapped;
}

/**
 * Does all of the work at once.
 *
 * @throws an error if the work has to wait for a promise
 */
export function doAtOnce<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (step.value !== undefined) throw new Error("this work waits, and cannot be done at once");
  }
}
