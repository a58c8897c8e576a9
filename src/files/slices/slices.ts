import type { Sliced } from "./sliced.ts";

/** The longest time (ms) that work in the background may keep the event loop in one turn. */
const SLICE_MS = 4;

/**
 * The time (ms) in one turn of the event loop for work of requests that were just read: enough for
 * several directories of usual size, and too little for an echo to notice.
 */
const AT_ONCE_MS = 20;

/** The least time (ms) of a request whose turn has no time left: enough for a small directory. */
const AT_LEAST_MS = 1;

/**
 * The number of requests in a turn that are worked on at once although its time is used up, as
 * clients that pipeline send up to fifteen. Requests with little to do, such as a directory of
 * 1,000 entries in 3 ms, are answered then.
 */
const AT_ONCE_RUNS = 16;

/**
 * The bytes that may be read in one turn for requests that are worked on at once: sixteen texts of 1 MB
 * take 60 ms, which an echo would notice.
 */
const AT_ONCE_BYTES = 4 * 1024 * 1024;

/**
 * Does work in slices, and lets the event loop run between them. The work does its system calls
 * synchronously, at a tenth of the cost of awaiting each.
 *
 * Work that ends within its first slice is answered at once. That slice is long, as Bun closes a
 * connection on which the next request comes before the answer to the last (Bun:
 * pipelining-closes), which RFC 9112 §9.3.2 allows clients to do. A directory of some 2,000 names
 * fits into it, even if it was never read before. A larger one, or one of many in the same turn,
 * does not, and a client that pipelines has to ask again.
 */
export class Slices {
  /** The work that is not done yet: it takes turns, one slice in each turn of the event loop. */
  readonly #waiting: (() => void)[] = [];
  /** The time (ms) spent in this turn on work that was begun at once. */
  #spentMs = 0;
  /** The number of requests in this turn whose work was begun at once. */
  #runs = 0;
  /** The bytes that were read for them. */
  #bytes = 0;

  /**
   * Does the work: at once if it is little, otherwise slice by slice.
   *
   * @param signal of the client: after it has left, no more work is done, and the promise is
   *   rejected with the reason of the signal
   */
  run<T>(work: Sliced<T>, signal?: AbortSignal): T | Promise<T> {
    if (this.isSpent) return this.#rest(work, undefined, signal);
    const startMs = performance.now();
    const step = advance(work, startMs + Math.max(AT_LEAST_MS, AT_ONCE_MS - this.#spentMs));
    this.spend(performance.now() - startMs);
    return step.done === true ? step.value : this.#rest(work, step.value, signal);
  }

  /**
   * Makes a pace for work that awaits by itself, so that it takes turns with other work.
   *
   * @param signal of the client, as for `run`
   */
  pace(signal?: AbortSignal): Pace {
    return new Pace(() => this.turn(), signal);
  }

  /** Tells whether so much was done in this turn that other requests have to wait for theirs. */
  get isSpent(): boolean {
    if (this.#bytes >= AT_ONCE_BYTES) return true;
    return this.#runs >= AT_ONCE_RUNS && this.#spentMs >= AT_ONCE_MS;
  }

  /** Counts work that was done at once for a request that was just read: milliseconds, and bytes read. */
  spend(ms: number, bytes = 0): void {
    if (this.#runs === 0) {
      setImmediate(() => {
        this.#spentMs = 0;
        this.#runs = 0;
        this.#bytes = 0;
      });
    }
    this.#spentMs += ms;
    this.#bytes += bytes;
    this.#runs += 1;
  }

  async #rest<T>(
    work: Sliced<T>,
    first: Promise<unknown> | undefined,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    for (let wait = first; ;) {
      await wait;
      await this.turn();
      if (signal?.aborted === true) work.throw(signal.reason); // so that it closes what it has open
      const step = advance(work, performance.now() + SLICE_MS);
      if (step.done === true) return step.value;
      wait = step.value;
    }
  }

  /**
   * Waits for a turn. One slice is done in each turn of the event loop, however many wait, so an
   * echo waits for one slice and not for all.
   */
  turn(): Promise<void> {
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
  /** The end of the slice; 0 begins with a wait, as others may have begun in this turn. */
  #endMs = 0;

  constructor(turn: () => Promise<void>, signal?: AbortSignal) {
    this.#turn = turn;
    this.#signal = signal;
  }

  /**
   * Waits between two steps: not at all while the slice lasts, otherwise for the next turn.
   *
   * @throws the reason of the signal
   */
  async pause(): Promise<void> {
    await this.#wait();
    this.#signal?.throwIfAborted();
  }

  /** Does work in slices, each when its turn comes. */
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

/** Advances the work until it is done, waits for a promise, or has used up its time. */
function advance<T>(
  work: Sliced<T>,
  endMs: number,
): IteratorResult<Promise<unknown> | undefined, T> {
  for (;;) {
    const step = work.next();
    if (step.done === true || step.value !== undefined || performance.now() >= endMs) return step;
  }
}
