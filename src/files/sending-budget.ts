/**
 * Collecting garbage may take one part in so many of the time: it keeps the event loop for 3 to 30
 * ms, and 64 MiB are sent to a client that hurries in 40.
 */
const COLLECTING_SHARE = 4;

interface Sending {
  readonly signal: WeakRef<AbortSignal>;
  readonly bytes: number;
}

/** What a budget works with. */
export interface SendingBudgetOptions {
  /** How many bytes there may be in all such answers together. */
  readonly maxBytes: number;
  readonly now: () => number;
  /** Collects garbage, at once. */
  readonly collect: () => void;
}

/**
 * Bounds the memory of answers that are made in memory and on their way out.
 *
 * Bun 1.4.5 does not tell when an answer is out. It aborts the request's signal if the client goes
 * first, and lets go of a signal that is listened to when the answer is out. So an answer counts
 * until its signal is aborted or collected.
 */
export class SendingBudget {
  readonly #options: SendingBudgetOptions;
  #sending = new Set<Sending>();
  #bytes = 0;
  #collectAgainMs = -Infinity;

  constructor(options: SendingBudgetOptions) {
    this.#options = options;
  }

  /**
   * Takes the bytes of an answer out of the budget until it is out.
   *
   * @param signal of the request
   * @returns whether there were so many
   */
  take(bytes: number, signal: AbortSignal): boolean {
    if (this.#bytes + bytes > this.#options.maxBytes) this.#recount();
    if (this.#bytes + bytes > this.#options.maxBytes) return false;
    const sending = { signal: new WeakRef(signal), bytes };
    this.#sending.add(sending);
    this.#bytes += bytes;
    signal.addEventListener("abort", () => this.#drop(sending), { once: true });
    return true;
  }

  #recount(): void {
    const { now, collect } = this.#options;
    const startMs = now();
    if (startMs < this.#collectAgainMs) return;
    collect();
    const endMs = now();
    this.#collectAgainMs = endMs + (endMs - startMs) * COLLECTING_SHARE;
    for (const sending of this.#sending) {
      if (sending.signal.deref() === undefined) this.#drop(sending);
    }
  }

  #drop(sending: Sending): void {
    if (this.#sending.delete(sending)) this.#bytes -= sending.bytes;
  }
}
