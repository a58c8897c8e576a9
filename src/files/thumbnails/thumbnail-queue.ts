/**
 * Work for a queue.
 *
 * @param isAlone no other work is done at the same time
 * @returns `undefined` if the work can only be done alone
 */
export type Work<T> = (isAlone: boolean) => Promise<T | undefined>;

interface Job<T> {
  readonly key: string;
  readonly work: Work<T>;
  readonly outcome: PromiseWithResolvers<T>;
  /** The number of clients that still wait for it. */
  waiting: number;
  needsAll: boolean;
}

/** The most work at a time: more would be no faster, and leave no thread of Bun's pool for others. */
const MAX_AT_WORK = 2;

/** The most work that waits: a browser asks for up to 100 at once over HTTP/2. */
const MAX_WAITING = 256;

/**
 * Does work in the order of arrival, two pieces at a time, and once for everybody who waits for the same.
 * Work that takes much memory is done alone. Work whose clients have all gone is not begun.
 */
export class ThumbnailQueue<T> {
  /** All work by key, also the work that has begun. */
  readonly #jobs = new Map<string, Job<T>>();
  readonly #line: Job<T>[] = [];
  #atWork = 0;
  #isOneAlone = false;

  /**
   * Asks for work, or for the outcome of the same work of another.
   *
   * @param key the same for work with the same outcome
   * @param signal of the client
   * @returns `undefined` if too much waits already; a promise that is rejected with the reason of the
   *   signal, or with that of the work
   */
  ask(key: string, work: Work<T>, signal: AbortSignal): Promise<T> | undefined {
    const job = this.#jobs.get(key) ?? this.#add(key, work);
    if (job === undefined) return undefined;
    const gone = Promise.withResolvers<never>();
    const leave = () => {
      job.waiting--;
      gone.reject(signal.reason);
    };
    job.waiting++;
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
    this.#next();
    return Promise.race([job.outcome.promise, gone.promise]).finally(() =>
      signal.removeEventListener("abort", leave),
    );
  }

  #add(key: string, work: Work<T>): Job<T> | undefined {
    if (this.#line.length >= MAX_WAITING) return undefined;
    const outcome = Promise.withResolvers<T>();
    // If all clients have gone, nobody listens to a failure.
    outcome.promise.catch(() => undefined);
    const job = { key, work, outcome, waiting: 0, needsAll: false };
    this.#jobs.set(key, job);
    this.#line.push(job);
    return job;
  }

  #next(): void {
    for (let job = this.#line[0]; job !== undefined; job = this.#line[0]) {
      const isWanted = job.waiting > 0;
      if (isWanted && !this.#hasRoomFor(job)) return;
      this.#line.shift();
      if (isWanted) void this.#do(job);
      else this.#jobs.delete(job.key);
    }
  }

  #hasRoomFor({ needsAll }: Job<T>): boolean {
    if (needsAll || this.#isOneAlone) return this.#atWork === 0;
    return this.#atWork < MAX_AT_WORK;
  }

  async #do(job: Job<T>): Promise<void> {
    const { key, work, outcome, needsAll } = job;
    this.#atWork++;
    this.#isOneAlone = needsAll;
    try {
      const value = await work(needsAll);
      if (value === undefined) {
        job.needsAll = true;
        this.#line.unshift(job);
      } else {
        this.#jobs.delete(key);
        outcome.resolve(value);
      }
    } catch (error) {
      this.#jobs.delete(key);
      outcome.reject(error);
    } finally {
      this.#atWork--;
      this.#isOneAlone = false;
      this.#next();
    }
  }
}
