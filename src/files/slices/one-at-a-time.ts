import type { Sliced } from "./sliced.ts";

/**
 * Does one piece of work after the other, in the order they come: however many clients ask for a
 * huge directory, the memory it takes is taken once.
 */
export class OneAtATime {
  readonly #waiting: (() => void)[] = [];
  #isBusy = false;

  /** Does the work when its turn comes, which is at once if there is no other. */
  *do<T>(work: Sliced<T>): Sliced<T> {
    const turn = this.#line();
    try {
      // Whoever has gone by then gives his turn to the next.
      if (turn !== undefined) yield turn;
      return yield* work;
    } finally {
      this.#pass();
    }
  }

  /** Waits for the turn, and has it until it is disposed of. */
  async take(): Promise<Disposable> {
    await this.#line();
    return { [Symbol.dispose]: () => this.#pass() };
  }

  /** Gets in line; `undefined` if there is none. */
  #line(): Promise<void> | undefined {
    if (this.#isBusy) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#isBusy = true;
    return undefined;
  }

  #pass(): void {
    const next = this.#waiting.shift();
    // Whoever is next stays in the place of this one, so that nobody comes in between.
    if (next === undefined) this.#isBusy = false;
    else next();
  }
}
