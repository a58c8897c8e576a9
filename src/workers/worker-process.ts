import type { RunningFacts } from "../server/start.ts";
import type { News, Order } from "./messages.ts";

/** How a worker is started. */
export interface WorkerCommand {
  /** The program's path, and what stands before and behind it. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The directory that workers run in: it is always there, where the one that the server was started
 * in may be removed. Everything that a worker is told is absolute.
 */
const WORKER_DIRECTORY = "/";

/** What came of a worker that was told to serve. */
export type Outcome =
  | { readonly kind: "listening"; readonly facts: RunningFacts }
  /** One line. */
  | { readonly kind: "failed"; readonly message: string };

/** What came of credentials that a worker was given. */
export type RenewalOutcome = Extract<News, { readonly kind: "renewed" | "not-renewed" }>;

/** What a worker tells without having been asked. */
export interface WorkerEvents {
  readonly onNews: (
    worker: WorkerProcess,
    news: Extract<News, { readonly kind: "counted" | "asks-total" | "asked-to-leave" }>,
  ) => void;
  /** @param how a signal's name or `exit code 1` */
  readonly onEnd: (worker: WorkerProcess, how: string) => void;
}

/** A child process that is a worker, and what is known of it. */
export class WorkerProcess {
  /** How many in its place ended soon before it, one after the other. */
  readonly soonBefore: number;
  readonly startMs = performance.now();
  readonly #events: WorkerEvents;
  readonly #child: Bun.Subprocess<"ignore", "inherit", "inherit">;
  readonly #ready = Promise.withResolvers<void>();
  readonly #outcome = Promise.withResolvers<Outcome>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  /** Those who wait for its counts, by the number of their question. */
  readonly #counting = new Map<number, () => void>();
  #questions = 0;
  #renewal: ((outcome: RenewalOutcome) => void) | undefined;
  #isListening = false;
  #isLeaving = false;

  constructor({ command, env }: WorkerCommand, soonBefore: number, events: WorkerEvents) {
    this.soonBefore = soonBefore;
    this.#events = events;
    const unheard = Promise.withResolvers<void>();
    this.#child = Bun.spawn([...command], {
      cwd: WORKER_DIRECTORY,
      env: { ...env },
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
      ipc: (news: News) => this.#hear(news),
      onDisconnect: () => unheard.resolve(),
    });
    // What it said last may come after its exit.
    void Promise.all([this.#child.exited, unheard.promise]).then(() => this.#end());
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** It answers, or still has something to answer. */
  get isListening(): boolean {
    return this.#isListening;
  }

  /** It answers, and is to go on with that. */
  get isServing(): boolean {
    return this.#isListening && !this.#isLeaving;
  }

  /** It ends because it was told to. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Settles when it can be told to serve, or has ended. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Settles when nothing is left of it. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  serve(order: Extract<Order, { readonly kind: "serve" }>): Promise<Outcome> {
    this.send(order);
    return this.#outcome.promise;
  }

  renew(order: Extract<Order, { readonly kind: "renew" }>): Promise<RenewalOutcome> {
    const { promise, resolve } = Promise.withResolvers<RenewalOutcome>();
    this.#renewal = resolve;
    this.send(order);
    return promise;
  }

  /** Settles when it takes no more connections. */
  leave(order: Extract<Order, { readonly kind: "leave" }>): Promise<void> {
    this.#isLeaving = true;
    this.send(order);
    return this.#closed.promise;
  }

  /** Has it report what it has counted; settles then, or when it has ended. */
  count(): Promise<void> {
    const id = ++this.#questions;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#counting.set(id, resolve);
    this.send({ kind: "count", id });
    return promise;
  }

  /** Ends it at once, for good. */
  kill(): void {
    this.#isLeaving = true;
    this.#child.kill("SIGKILL");
  }

  send(order: Order): void {
    try {
      this.#child.send(order);
    } catch {
      // It has just ended and hears nothing, which is told in a moment: Bun 1.4.5 throws before.
    }
  }

  #hear(news: News): void {
    switch (news.kind) {
      case "ready":
        return this.#ready.resolve();
      case "listening":
        this.#isListening = true;
        return this.#outcome.resolve(news);
      case "failed":
        return this.#outcome.resolve(news);
      case "renewed":
      case "not-renewed":
        return this.#renewal?.(news);
      case "closed":
        return this.#closed.resolve();
      case "asked-to-leave":
      case "asks-total":
        return this.#events.onNews(this, news);
      case "counted":
        this.#events.onNews(this, news);
        return this.#counted(news.id);
      default:
        news satisfies never;
    }
  }

  #counted(id: number | undefined): void {
    if (id === undefined) return;
    this.#counting.get(id)?.();
    this.#counting.delete(id);
  }

  /** Nobody who waits for it waits any longer. */
  #end(): void {
    this.#isListening = false;
    const how = this.#child.signalCode?.toString() ?? `exit code ${this.#child.exitCode}`;
    this.#ready.resolve();
    this.#outcome.resolve({ kind: "failed", message: `a worker ended at its start (${how})` });
    this.#renewal?.({ kind: "not-renewed", message: `a worker ended (${how})` });
    this.#closed.resolve();
    for (const settle of this.#counting.values()) settle();
    this.#ended.resolve();
    this.#events.onEnd(this, how);
  }
}
