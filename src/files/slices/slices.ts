import type { Sliced } from "./sliced.ts";

/** How long, in milliseconds, work in the background may keep the event loop in one of its turns. */
const SLICE_MS = 4;

/**
 * How much, in milliseconds, may be done in one turn of the event loop for requests that were just
 * read: enough for several directories of usual size, and little enough for an echo not to notice.
 */
const AT_ONCE_MS = 20;

/** What a request may take, in milliseconds, when others have used that up: enough for a small directory. */
const AT_LEAST_MS = 1;

/**
 * How many requests of one turn get to be worked on at once when the time is used up: clients that
 * send requests ahead send up to fifteen. Those with little to do, such as a directory of 1,000
 * entries in 3 ms, are answered then; so an echo waits for 50 ms at most.
 */
const AT_ONCE_RUNS = 16;

/**
 * Does work in slices, and lets the event loop run between them. The work does its system calls
 * synchronously, which costs a tenth of awaiting each.
 *
 * What is done within the first slice is answered at once. Bun 1.4.5 closes a connection on which
 * the next request comes before the answer to the last (RFC 9112 §9.3.2), so that slice is long: a
 * directory of some 2,000 names fits into it, even if it was never read before. A larger one, or one
 * of many in the same turn, does not, and the client that sends requests ahead has to ask again.
 */
export class Slices {
  /** Whoever has more to do; they take turns, one slice in each turn of the event loop. */
  readonly #waiting: (() => void)[] = [];
  /** What was spent at once in this turn, in milliseconds. */
  #spentMs = 0;
  /** How many were worked on at once in this turn. */
  #runs = 0;

  /**
   * Does the work: at once if it is little, else by and by.
   *
   * @param signal of whoever it is done for: nothing more is done once he has gone, and its reason
   *   is what the promise is rejected with
   */
  run<T>(work: Sliced<T>, signal?: AbortSignal): T | Promise<T> {
    if (this.#runs >= AT_ONCE_RUNS && this.#spentMs >= AT_ONCE_MS) {
      return this.#rest(work, undefined, signal);
    }
    const startMs = performance.now();
    const step = advance(work, startMs + Math.max(AT_LEAST_MS, AT_ONCE_MS - this.#spentMs));
    this.#spend(performance.now() - startMs);
    return step.done === true ? step.value : this.#rest(work, step.value, signal);
  }

  /**
   * For work that awaits by itself: it takes its turns among the others.
   *
   * @param signal of whoever it is done for, as for `run`
   */
  pace(signal?: AbortSignal): Pace {
    return new Pace(() => this.#turn(), signal);
  }

  #spend(ms: number): void {
    if (this.#runs === 0) {
      setImmediate(() => {
        this.#spentMs = 0;
        this.#runs = 0;
      });
    }
    this.#spentMs += ms;
    this.#runs += 1;
  }

  async #rest<T>(
    work: Sliced<T>,
    first: Promise<unknown> | undefined,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    for (let wait = first; ;) {
      await wait;
      await this.#turn();
      if (signal?.aborted === true) work.throw(signal.reason); // so that it closes what it has open
      const step = advance(work, performance.now() + SLICE_MS);
      if (step.done === true) return step.value;
      wait = step.value;
    }
  }

  /** However many wait, one slice is done in a turn: an echo waits for one, and not for all. */
  #turn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#waiting.push(resolve) === 1) setImmediate(this.#wakeNext);
    return promise;
  }

  readonly #wakeNext = (): void => {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setImmediate(this.#wakeNext);
  };
}

/** Counts the time of work that awaits, and tells it when to let the event loop run. */
export class Pace {
  readonly #turn: () => Promise<void>;
  readonly #signal: AbortSignal | undefined;
  /** It begins with its turn: others may have begun in this one. */
  #endMs = 0;

  constructor(turn: () => Promise<void>, signal?: AbortSignal) {
    this.#turn = turn;
    this.#signal = signal;
  }

  /**
   * To be awaited between two steps: at once while the slice lasts, else when its turn comes again.
   *
   * @throws the reason of the signal
   */
  async pause(): Promise<void> {
    await this.#wait();
    this.#signal?.throwIfAborted();
  }

  /** Does work that is in slices, each of them when its turn comes. */
  async do<T>(work: Sliced<T>): Promise<T> {
    for (;;) {
      await this.#wait();
      // So that it closes what it has open.
      if (this.#signal?.aborted === true) work.throw(this.#signal.reason);
      const step = advance(work, this.#endMs);
      if (step.done === true) return step.value;
      await step.value;
    }
  }

  async #wait(): Promise<void> {
    if (performance.now() < this.#endMs) return;
    await this.#turn();
    this.#endMs = performance.now() + SLICE_MS;
  }
}

/** Works until it is done, has to wait for a promise, or the time is over. */
function advance<T>(
  work: Sliced<T>,
  endMs: number,
): IteratorResult<Promise<unknown> | undefined, T> {
  for (;;) {
    const step = work.next();
    if (step.done === true || step.value !== undefined || performance.now() >= endMs) return step;
  }
}
