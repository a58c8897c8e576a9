import type { Sliced } from "../../src/listing/sliced.ts";

/** Runs sliced work that never waits to its end, synchronously. */
export function finish<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (step.value !== undefined) throw new Error("this work waits, and cannot be done at once");
  }
}
