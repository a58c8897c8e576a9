import type { Sliced } from "../../src/listing/sliced.ts";

/** Does all of the work at once: work that never waits. */
export function finish<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (step.value !== undefined) throw new Error("this work waits, and cannot be done at once");
  }
}
