import type { Sliced } from "../listing/sliced-sort.ts";

/** How long, in milliseconds, the event loop may be kept from an echo in flight. */
const SLICE_MS = 4;

/**
 * Does the work in slices of a few milliseconds, and lets the event loop run between them. The work
 * does its system calls synchronously, which costs a tenth of awaiting each.
 *
 * What fits into one slice, which is any directory of usual size, is done when this returns: Bun
 * 1.4.5 closes a connection on which the next request comes before the answer (RFC 9112 §9.3.2).
 */
export function doInSlices<T>(work: Sliced<T>): T | Promise<T> {
  const done = doSlice(work);
  return done === undefined ? doRest(work) : done.value;
}

async function doRest<T>(work: Sliced<T>): Promise<T> {
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    const done = doSlice(work);
    if (done !== undefined) return done.value;
  }
}

/** One slice; `undefined` if there is more to do. */
function doSlice<T>(work: Sliced<T>): IteratorReturnResult<T> | undefined {
  const end = performance.now() + SLICE_MS;
  do {
    const step = work.next();
    if (step.done === true) return step;
  } while (performance.now() < end);
  return undefined;
}

/** Counts the time of work that awaits, and tells it when to let the event loop run. */
export class Slices {
  #end = performance.now() + SLICE_MS;

  /** To be awaited between two steps: at once while the slice lasts, else when the loop has turned. */
  async pause(): Promise<void> {
    if (performance.now() < this.#end) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#end = performance.now() + SLICE_MS;
  }
}
