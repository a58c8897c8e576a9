import type { Config } from "../cli/config.ts";
import type { RunningFacts } from "../server/start.ts";
import type { MetricFamily } from "../observe/metrics.ts";
import { codeOf } from "../system/system-error.ts";
import type { Credentials } from "../server/tls/credentials.ts";
import { backOff, type Death } from "./back-off.ts";
import { Ledger } from "./ledger.ts";
import type { Reason } from "./messages.ts";
import { sumFamilies } from "./sum-families.ts";
import {
  WorkerProcess,
  type Outcome,
  type WorkerCommand,
  type WorkerEvents,
} from "./worker-process.ts";

/** What a supervisor is made from. */
export interface SupervisorOptions {
  /** What each worker serves; its port is reserved. */
  readonly config: Config;
  readonly credentials: Credentials | undefined;
  readonly count: number;
  /** The command that starts a worker now; throws if the program is gone. */
  readonly worker: () => WorkerCommand;
  /** Takes one line about something that went wrong. */
  readonly complain: (message: string) => void;
}

/** What came of the start: the workers serve, or none is left, and one line says why. */
export type SupervisorStart =
  | { readonly kind: "serving"; readonly facts: RunningFacts }
  | { readonly kind: "failed"; readonly message: string };

/** How long a worker may take to say what it has counted, in milliseconds: a stuck one holds nobody up. */
const COUNT_MS = 1000;

/** How long one that is replaced still answers, in seconds, so that whoever is active is told to go. */
const GOODBYE_SECONDS = 0.6;

/** How long after the end of a drain a worker that should have ended is ended, in milliseconds. */
const GRACE_MS = 2000;

/** Keeps so many workers serving, until it is told to stop. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #ledger = new Ledger();
  readonly #workers = new Set<WorkerProcess>();
  /** Those that listen, in the order in which the kernel has them: who leaves gives its place to the last. */
  readonly #group: WorkerProcess[] = [];
  /** Those in whose place another one is started. */
  readonly #replacing = new Set<WorkerProcess>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  /** One at a time begins to listen or leaves, so that the order is known. */
  #turn: Promise<unknown> = Promise.resolve();
  #credentials: Credentials | undefined;
  /** One after the other. */
  #renewal: Promise<unknown> = Promise.resolve();
  #deaths = 0;
  #isStarted = false;
  #isRestarting = false;
  #isStopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#credentials = options.credentials;
  }

  /** Starts all workers; settles when they listen, or when it is clear that one cannot. */
  async start(): Promise<SupervisorStart> {
    const { count } = this.#options;
    const outcomes = await Promise.all(Array.from({ length: count }, () => this.#add(0)));
    const failed = outcomes.find(({ kind }) => kind === "failed");
    const [first] = outcomes;
    if (failed?.kind === "failed" || first?.kind !== "listening") {
      this.kill();
      return { kind: "failed", message: failed?.kind === "failed" ? failed.message : "no worker" };
    }
    this.#isStarted = true;
    this.#fill(0);
    return { kind: "serving", facts: first.facts };
  }

  /** Replaces the workers one after the other, each by one that already listens; whether all were. */
  async restart(): Promise<boolean> {
    if (this.#isRestarting) {
      this.#complain("a restart is under way already");
      return false;
    }
    this.#isRestarting = true;
    let isDone = true;
    for (const worker of this.#serving()) isDone = isDone && (await this.#replace(worker));
    this.#isRestarting = false;
    this.#fill(0);
    return isDone && !this.#isStopping;
  }

  /**
   * Shows other credentials to clients that connect from now on. If one worker cannot, all of them,
   * and those that come after them, go on with the credentials before.
   *
   * @returns the worker's line if one cannot; `undefined` when every worker shows the new ones
   */
  renew(credentials: Credentials): Promise<string | undefined> {
    const renewed = this.#renewal.then(() => this.#renewAll(credentials));
    this.#renewal = renewed.catch(() => undefined);
    return renewed;
  }

  async #renewAll(credentials: Credentials): Promise<string | undefined> {
    const before = this.#credentials;
    const done = new Set<WorkerProcess>();
    for (;;) {
      const next = await this.#inTurn(async () => {
        const worker = this.#serving().find((each) => !done.has(each));
        // In turn, as a worker that begins to listen just now would miss it otherwise.
        if (worker === undefined) this.#credentials = credentials;
        return worker;
      });
      if (next === undefined) return undefined;
      const obstacle = await this.#renewOne(next, credentials);
      if (obstacle === undefined) {
        done.add(next);
        continue;
      }
      if (before !== undefined) for (const worker of done) await this.#renewOne(worker, before);
      return obstacle;
    }
  }

  /** Says why a worker cannot show these; one that is not there any more has nothing to show. */
  async #renewOne(worker: WorkerProcess, credentials: Credentials): Promise<string | undefined> {
    const outcome = await this.#inTurn(async () => {
      if (!worker.isServing) return undefined;
      const place = { index: this.#group.indexOf(worker), count: this.#group.length };
      return await worker.renew({ kind: "renew", credentials, place });
    });
    return outcome?.kind === "not-renewed" && worker.isServing ? outcome.message : undefined;
  }

  /** Lets all workers linger and finish what is under way; settles when they have ended. */
  async stop(lingerSeconds: number): Promise<void> {
    this.#isStopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const deadlineMs = this.#options.config.drainSeconds * 1000 + GRACE_MS;
    const deadline = setTimeout(() => this.kill(), deadlineMs);
    for (const worker of this.#workers) {
      if (worker.isServing) void this.#tellToLeave(worker, "end", lingerSeconds);
      else if (!worker.isLeaving) worker.kill();
    }
    await Promise.all(Array.from(this.#workers, (worker) => worker.ended));
    clearTimeout(deadline);
  }

  /** Ends all workers at once. */
  kill(): void {
    this.#isStopping = true;
    for (const worker of this.#workers) worker.kill();
  }

  /** What all workers have counted, those that ended among them. */
  async total(): Promise<readonly MetricFamily[]> {
    const listening = Array.from(this.#workers).filter(({ isListening }) => isListening);
    const counted = Promise.all(listening.map((worker) => worker.count()));
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, COUNT_MS);
    await Promise.race([counted, patience.promise]);
    clearTimeout(timer);
    return sumFamilies([this.#ledger.total(), this.#ownFamilies()]);
  }

  #serving(): readonly WorkerProcess[] {
    return Array.from(this.#workers).filter(({ isServing }) => isServing);
  }

  async #add(soonBefore: number): Promise<Outcome> {
    const events: WorkerEvents = {
      onNews: (worker, news) => {
        if (news.kind === "counted") this.#ledger.record(worker.pid, news.families);
        else if (news.kind === "asks-total") void this.#answerTotal(worker, news.id);
        // Somebody has sent it a signal to end: others take its connections first.
        else void this.#replace(worker);
      },
      onEnd: (worker, how) => this.#ended(worker, how),
    };
    try {
      const worker = new WorkerProcess(this.#options.worker(), soonBefore, events);
      this.#workers.add(worker);
      await worker.ready;
      return await this.#inTurn(() => this.#letServe(worker));
    } catch (error) {
      // The program is being replaced, or the system has no process left.
      if (this.#isStarted) this.#startLater({ livedMs: 0, soonBefore });
      const reason = codeOf(error) ?? (error instanceof Error ? error.message : String(error));
      return { kind: "failed", message: `a worker cannot be started (${reason})` };
    }
  }

  async #letServe(worker: WorkerProcess): Promise<Outcome> {
    const { config } = this.#options;
    const credentials = this.#credentials;
    const outcome = await worker.serve({ kind: "serve", config, credentials });
    if (outcome.kind === "listening" && this.#workers.has(worker)) this.#group.push(worker);
    return outcome;
  }

  /** Whether another one listens in its place, or it has ended by itself. */
  async #replace(worker: WorkerProcess): Promise<boolean> {
    if (!worker.isServing || this.#replacing.has(worker) || this.#isStopping) return true;
    this.#replacing.add(worker);
    const outcome = await this.#add(0);
    if (outcome.kind === "failed") {
      this.#complain(`${outcome.message} (the workers before go on)`);
    } else if (worker.isServing && !this.#isStopping) {
      await this.#inTurn(() => this.#tellToLeave(worker, "replaced", GOODBYE_SECONDS));
    }
    this.#replacing.delete(worker);
    this.#fill(0);
    return outcome.kind === "listening";
  }

  /** Settles when it takes no more connections. */
  async #tellToLeave(worker: WorkerProcess, reason: Reason, lingerSeconds: number): Promise<void> {
    const index = this.#group.indexOf(worker);
    const canSteer = reason === "replaced" && index !== -1 && this.#group.length > 1;
    const place = canSteer ? { index, count: this.#group.length } : undefined;
    await worker.leave({ kind: "leave", reason, lingerSeconds, place });
    this.#giveUpPlace(worker);
    if (canSteer) this.#group[0]?.send({ kind: "stop-steering" });
  }

  #giveUpPlace(worker: WorkerProcess): void {
    const index = this.#group.indexOf(worker);
    const last = this.#group.at(-1);
    if (index === -1 || last === undefined) return;
    this.#group[index] = last;
    this.#group.pop();
  }

  #ended(worker: WorkerProcess, how: string): void {
    this.#workers.delete(worker);
    this.#giveUpPlace(worker);
    this.#ledger.close(worker.pid);
    if (worker.isLeaving || this.#isStopping || !this.#isStarted) return;
    this.#deaths++;
    const livedMs = performance.now() - worker.startMs;
    const delayMs = this.#startLater({ livedMs, soonBefore: worker.soonBefore });
    if (delayMs === undefined) return;
    const when = delayMs === 0 ? "" : ` in ${delayMs / 1000} s`;
    this.#complain(`worker ${worker.pid} ended (${how}); another one starts${when}`);
  }

  /** Says in how many milliseconds; `undefined` for one that was to take another's place, which goes on. */
  #startLater(death: Death): number | undefined {
    if (this.#missing() < 1) return undefined;
    const { delayMs, soon } = backOff(death);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#fill(soon);
    }, delayMs);
    this.#timers.add(timer);
    return delayMs;
  }

  /** How many are neither there nor about to start. */
  #missing(): number {
    const there = Array.from(this.#workers).filter(({ isLeaving }) => !isLeaving).length;
    return this.#options.count - there - this.#timers.size;
  }

  #fill(soonBefore: number): void {
    if (this.#isStopping || this.#isRestarting) return;
    for (let missing = this.#missing(); missing > 0; missing--) {
      void this.#add(soonBefore).then((outcome) => {
        if (outcome.kind === "failed") this.#complain(outcome.message);
      });
    }
  }

  /** At the end nothing is wrong with a worker that is no more. */
  #complain(message: string): void {
    if (!this.#isStopping) this.#options.complain(message);
  }

  async #answerTotal(worker: WorkerProcess, id: number): Promise<void> {
    worker.send({ kind: "total", id, families: await this.total() });
  }

  #ownFamilies(): readonly MetricFamily[] {
    const serving = this.#serving().length;
    return [
      {
        name: "meerkat_workers",
        help: "Processes that answer.",
        type: "gauge",
        samples: [{ value: serving }],
      },
      {
        name: "meerkat_worker_deaths_total",
        help: "Those that ended unasked.",
        type: "counter",
        samples: [{ value: this.#deaths }],
      },
    ];
  }

  /** @param act one after the other, whatever came of those before */
  #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
