import type { Sliced } from "./sliced.ts";

/**
 * Does one piece of work after the other, in the order of arrival. So the memory for a huge
 * directory is taken once, however many clients ask for one.
 */
export class OneAtATime {
  readonly #waiting: (() => void)[] = [];
  #isBusy = false;

  /** Does the work when its turn comes: at once if no other is under way. */
  *do<T>(work: Sliced<T>): Sliced<T> {
    const turn = this.#joinLine();
    try {
      // A client that has left by then passes its turn on to the next.
      if (turn !== undefined) yield turn;
      return yield* work;
    } finally {
      this.#pass();
    }
  }

  /** Joins the line; returns `undefined` if there is none. */
  #joinLine(): Promise<void> | undefined {
    if (this.#isBusy) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#isBusy = true;
    return undefined;
  }

  #pass(): void {
    const next = this.#waiting.shift();
    // It stays busy for the next in line, so that no newcomer comes in between.
    if (next === undefined) this.#isBusy = false;
    else next();
  }
}
