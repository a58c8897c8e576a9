import type { RunningFacts } from "../server/start.ts";
import type { News, Instruction } from "./messages.ts";

/** The command line and the environment that start a worker. */
export interface WorkerCommand {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The current directory of workers. It always exists, unlike the one that the server was started in,
 * which may be removed; all paths that a worker gets are absolute.
 */
const WORKER_DIRECTORY = "/";

/** The outcome of telling a worker to serve; the message is one line. */
export type ServeOutcome =
  | { readonly kind: "listening"; readonly facts: RunningFacts }
  | { readonly kind: "failed"; readonly message: string };

/** The outcome of giving a worker other credentials. */
export type RenewalOutcome = Extract<News, { readonly kind: "renewed" | "not-renewed" }>;

/** The callbacks for events of a worker. */
export interface WorkerEvents {
  readonly onNews: (
    worker: WorkerProcess,
    news: Extract<News, { readonly kind: "counted" | "asks-total" | "asked-to-leave" }>,
  ) => void;
  /** @param how a signal's name or `exit code 1` */
  readonly onEnd: (worker: WorkerProcess, how: string) => void;
}

/** A worker as its parent sees it: the child process and its state. */
export class WorkerProcess {
  /** The number of workers in a row that ended early in this place before. */
  readonly soonBefore: number;
  readonly startMs = performance.now();
  readonly #events: WorkerEvents;
  readonly #child: Bun.Subprocess<"ignore", "inherit", "inherit">;
  readonly #ready = Promise.withResolvers<void>();
  readonly #outcome = Promise.withResolvers<ServeOutcome>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  /** The callbacks that wait for its counts, by the id of the question. */
  readonly #counting = new Map<number, () => void>();
  #questions = 0;
  #renewal: ((outcome: RenewalOutcome) => void) | undefined;
  #isListening = false;
  #heardMs = performance.now();
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
    // The last message may arrive after the exit.
    void Promise.all([this.#child.exited, unheard.promise]).then(() => this.#end());
  }

  /** The process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** The worker has begun to listen, and has not ended. */
  get isListening(): boolean {
    return this.#isListening;
  }

  /** When the worker was last heard, in milliseconds of `performance.now()`. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** The worker listens, and has not been told to leave. */
  get isServing(): boolean {
    return this.#isListening && !this.#isLeaving;
  }

  /** The worker has been told to leave. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Resolves once the worker can be told to serve, or has ended. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Resolves once the process has ended and its last message is handled. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Tells the worker to serve; resolves once it listens or has failed. */
  serve(instruction: Extract<Instruction, { readonly kind: "serve" }>): Promise<ServeOutcome> {
    this.send(instruction);
    return this.#outcome.promise;
  }

  /** Gives the worker other credentials; resolves once it uses them or has failed. */
  renew(instruction: Extract<Instruction, { readonly kind: "renew" }>): Promise<RenewalOutcome> {
    const { promise, resolve } = Promise.withResolvers<RenewalOutcome>();
    this.#renewal = resolve;
    this.send(instruction);
    return promise;
  }

  /** Tells the worker to leave; resolves once it accepts no more connections. */
  leave(instruction: Extract<Instruction, { readonly kind: "leave" }>): Promise<void> {
    this.#isLeaving = true;
    this.send(instruction);
    return this.#closed.promise;
  }

  /** Asks the worker for its counts; resolves once it has reported them, or has ended. */
  count(): Promise<void> {
    const id = ++this.#questions;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#counting.set(id, resolve);
    this.send({ kind: "count", id });
    return promise;
  }

  /** Asks the worker for a sign of life. */
  ping(): void {
    this.send({ kind: "ping" });
  }

  /** Kills a worker that hangs; unless it was to leave, another one replaces it. */
  killHung(): void {
    this.#child.kill("SIGKILL");
  }

  /** Kills the worker at once; no other one replaces it. */
  kill(): void {
    this.#isLeaving = true;
    this.#child.kill("SIGKILL");
  }

  /** Sends a message to the worker. */
  send(instruction: Instruction): void {
    try {
      this.#child.send(instruction);
    } catch {
      // The worker has just ended. Bun throws here before it reports the end (Bun: ipc-throws).
    }
  }

  #hear(news: News): void {
    this.#heardMs = performance.now();
    switch (news.kind) {
      case "alive":
        return; // the time of the message is all that it tells
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

  /** Settles everything that waits for the worker, as it has ended. */
  #end(): void {
    this.#isListening = false;
    const how = this.#child.signalCode?.toString() ?? `exit code ${this.#child.exitCode}`;
    this.#ready.resolve();
    this.#outcome.resolve({ kind: "failed", message: `a worker ended while starting (${how})` });
    this.#renewal?.({ kind: "not-renewed", message: `a worker ended (${how})` });
    this.#closed.resolve();
    for (const settle of this.#counting.values()) settle();
    this.#ended.resolve();
    this.#events.onEnd(this, how);
  }
}
