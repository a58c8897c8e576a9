/** A process that can be asked for a sign of life. */
export interface Pulse {
  /** The worker has begun to listen; until then it may take long to answer. */
  readonly isListening: boolean;
  /** When the worker was last heard, in milliseconds of the clock. */
  readonly heardMs: number;
  /** Asks the worker for a sign of life. */
  ping(): void;
}

/** The workers, the clock and the callback of a heartbeat. */
export interface HeartbeatOptions<Worker extends Pulse> {
  /** Returns the workers there are now. */
  readonly workers: () => Iterable<Worker>;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** Called once for each beat at which a worker hangs. */
  readonly onHung: (worker: Worker) => void;
  /** Called when a worker that listens has not answered in time, and when it answers again. */
  readonly onDoubt: (worker: Worker, isDoubted: boolean) => void;
}

/** How often (ms) each worker is asked for a sign of life. */
export const BEAT_MS = 2000;

/**
 * How long (ms) a worker may be silent before it counts as hung: several beats, as a worker on a busy
 * machine may be late for one.
 */
const HUNG_AFTER_MS = 9000;

/** How long (ms) a worker may be silent before it begins to listen: some programs start slowly. */
const STUCK_AFTER_MS = 30_000;

/** How long (ms) a worker may be silent before new connections are steered away from it. */
const DOUBTED_AFTER_MS = 3000;

/** A beat that is so late (ms) was delayed by the machine or by a stop of the parent itself. */
const LATE_MS = 2 * BEAT_MS;

/**
 * Finds workers that hang: stopped by a signal, or in an endless loop. The kernel goes on giving them
 * their share of the connections, which nobody answers.
 *
 * A machine that was suspended, or a parent that was stopped, has heard nobody for a while. So after a
 * late beat, silence is counted anew.
 */
export class Heartbeat<Worker extends Pulse> {
  readonly #options: HeartbeatOptions<Worker>;
  #beatMs: number;
  /** Silence before this time counts for nothing. */
  #sinceMs: number;
  readonly #doubted = new WeakSet<Worker>();

  constructor(options: HeartbeatOptions<Worker>) {
    this.#options = options;
    this.#beatMs = options.now();
    this.#sinceMs = this.#beatMs;
  }

  /** Pings the workers, and reports those that have been silent for too long. Call it every `BEAT_MS`. */
  beat(): void {
    const { workers, now, onHung } = this.#options;
    const nowMs = now();
    if (nowMs - this.#beatMs > LATE_MS) this.#sinceMs = nowMs;
    this.#beatMs = nowMs;
    for (const worker of workers()) {
      const silentMs = nowMs - Math.max(worker.heardMs, this.#sinceMs);
      this.#doubt(worker, worker.isListening && silentMs >= DOUBTED_AFTER_MS);
      if (silentMs >= (worker.isListening ? HUNG_AFTER_MS : STUCK_AFTER_MS)) onHung(worker);
      else worker.ping();
    }
  }

  #doubt(worker: Worker, isDoubted: boolean): void {
    if (isDoubted === this.#doubted.has(worker)) return;
    if (isDoubted) this.#doubted.add(worker);
    else this.#doubted.delete(worker);
    this.#options.onDoubt(worker, isDoubted);
  }
}
