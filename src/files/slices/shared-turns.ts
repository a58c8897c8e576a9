import { OneAtATime } from "./one-at-a-time.ts";
import { waitFor, type Sliced } from "./sliced.ts";

type Outcome<T> = { readonly kind: "done"; readonly value: T } | { readonly kind: "left" };

/**
 * Does one piece of work after the other, and work that waits for its turn only once for everybody who
 * waits for the same. Work that has begun is not shared: it may have looked at something that has changed
 * since.
 */
export class SharedTurns<T> {
  readonly #turns = new OneAtATime();
  /** The outcomes of work that has not begun, by its key. */
  readonly #waiting = new Map<string, Promise<Outcome<T>>>();

  /**
   * Does work when its turn comes, or waits for the same work of another.
   *
   * @param key the same for work with the same result
   */
  *do(key: string, makeWork: () => Sliced<T>): Sliced<T> {
    for (;;) {
      const waiting = this.#waiting.get(key);
      if (waiting === undefined) return yield* this.#lead(key, makeWork);
      const outcome = yield* waitFor(waiting);
      if (outcome.kind === "done") return outcome.value;
      // The other has failed, or its client has gone: the first to come here does the work itself.
    }
  }

  *#lead(key: string, makeWork: () => Sliced<T>): Sliced<T> {
    const { promise, resolve } = Promise.withResolvers<Outcome<T>>();
    this.#waiting.set(key, promise);
    const begin = () => {
      if (this.#waiting.get(key) === promise) this.#waiting.delete(key);
    };
    function* work(): Sliced<T> {
      begin();
      return yield* makeWork();
    }
    try {
      const value = yield* this.#turns.do(work());
      resolve({ kind: "done", value });
      return value;
    } finally {
      begin();
      resolve({ kind: "left" }); // which means nothing if it is done
    }
  }
}
