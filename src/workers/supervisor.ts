import type { Config } from "../cli/config.ts";
import type { RunningFacts } from "../server/start.ts";
import type { MetricFamily } from "../observe/metrics.ts";
import { codeOf } from "../system/system-error.ts";
import type { Credentials } from "../server/tls/credentials.ts";
import { backOff, type Death } from "./back-off.ts";
import { BEAT_MS, Heartbeat } from "./heartbeat.ts";
import { Ledger } from "./ledger.ts";
import { ListeningGroup } from "./listening-group.ts";
import type { LeaveReason } from "./messages.ts";
import { sumFamilies, workerFamilies } from "./sum-families.ts";
import {
  WorkerProcess,
  type ServeOutcome,
  type WorkerCommand,
  type WorkerEvents,
} from "./worker-process.ts";

/** The configuration of the workers, their number, how to start one, and where to report problems. */
export interface SupervisorOptions {
  /** The configuration of each worker, with a reserved port. */
  readonly config: Config;
  readonly credentials: Credentials | undefined;
  readonly count: number;
  /** Finds the command that starts a worker now; throws if the program is gone. */
  readonly findCommand: () => WorkerCommand;
  /** Reports a problem in one line. */
  readonly complain: (message: string) => void;
}

/** The outcome of a start: the workers serve, or none is left for the reason in the message. */
export type SupervisorStart =
  | { readonly kind: "serving"; readonly facts: RunningFacts }
  | { readonly kind: "failed"; readonly message: string };

/** How long (ms) to wait for the counts of a worker; a stuck one must not delay the metrics. */
const COUNT_MS = 1000;

/** How long (s) a replaced worker still answers, so that active clients learn to connect anew. */
const GOODBYE_SECONDS = 0.6;

/** How long (ms) after the drain a worker that has not ended is killed. */
const GRACE_MS = 2000;

/** Keeps a number of workers serving, and replaces the ones that end, until it is stopped. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #ledger = new Ledger();
  readonly #workers = new Set<WorkerProcess>();
  readonly #group = new ListeningGroup();
  /** The workers that are being replaced. */
  readonly #replacing = new Set<WorkerProcess>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #heartbeat: Heartbeat<WorkerProcess>;
  #beats: ReturnType<typeof setInterval> | undefined;
  #credentials: Credentials | undefined;
  /** Renewals run one after the other. */
  #renewal: Promise<unknown> = Promise.resolve();
  #deaths = 0;
  #isStarted = false;
  #isRestarting = false;
  #isStopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#credentials = options.credentials;
    this.#heartbeat = new Heartbeat({
      workers: () => this.#workers,
      now: () => performance.now(),
      onHung: (worker) => this.#endHung(worker),
      onDoubt: (worker, isDoubted) => this.#group.doubt(worker, isDoubted),
    });
  }

  /** Starts all workers; resolves once they listen, or one has failed. */
  async start(): Promise<SupervisorStart> {
    const { count } = this.#options;
    this.#beats = setInterval(() => this.#heartbeat.beat(), BEAT_MS);
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

  /** Replaces the workers one after the other, each by one that already listens; tells if all were. */
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
   * Gives all workers other credentials for new connections. If one worker fails, all of them and all
   * later ones use the previous credentials.
   *
   * @returns the line of a worker that failed; `undefined` once every worker uses the new credentials
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
      const next = await this.#group.inTurn(async () => {
        const worker = this.#serving().find((each) => !done.has(each));
        // In turn, as otherwise a worker that is just beginning to listen would miss it.
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

  /** Gives a worker other credentials; returns why it failed, unless the worker has ended meanwhile. */
  async #renewOne(worker: WorkerProcess, credentials: Credentials): Promise<string | undefined> {
    const outcome = await this.#group.inTurn(async () => {
      if (!worker.isServing) return undefined;
      const place = this.#group.placeOf(worker);
      return place && (await worker.renew({ kind: "renew", credentials, place }));
    });
    return outcome?.kind === "not-renewed" && worker.isServing ? outcome.message : undefined;
  }

  /** Lets all workers linger and finish their requests; resolves once they have ended. */
  async stop(lingerSeconds: number): Promise<void> {
    this.#isStopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const deadlineMs = this.#options.config.drainSeconds * 1000 + GRACE_MS;
    const deadline = setTimeout(() => this.kill(), deadlineMs);
    for (const worker of this.#workers) {
      if (worker.isServing) void this.#letGo(worker, "end", lingerSeconds);
      else if (!worker.isLeaving) worker.kill();
    }
    await Promise.all(Array.from(this.#workers, (worker) => worker.ended));
    clearTimeout(deadline);
    clearInterval(this.#beats);
  }

  /** Kills all workers at once. */
  kill(): void {
    this.#isStopping = true;
    clearInterval(this.#beats);
    for (const worker of this.#workers) worker.kill();
  }

  /** Returns the counts of all workers, including ended ones. */
  async total(): Promise<readonly MetricFamily[]> {
    const listening = Array.from(this.#workers).filter(({ isListening }) => isListening);
    const counted = Promise.all(listening.map((worker) => worker.count()));
    await Promise.race([counted, Bun.sleep(COUNT_MS)]);
    return sumFamilies([
      this.#ledger.total(),
      workerFamilies(this.#serving().length, this.#deaths),
    ]);
  }

  #serving(): readonly WorkerProcess[] {
    return Array.from(this.#workers).filter(({ isServing }) => isServing);
  }

  async #add(soonBefore: number): Promise<ServeOutcome> {
    const events: WorkerEvents = {
      onNews: (worker, news) => {
        if (news.kind === "counted") this.#ledger.record(worker.pid, news.families);
        else if (news.kind === "asks-total") void this.#answerTotal(worker, news.id);
        // The worker has got a signal to end: another one takes its connections first.
        else void this.#replace(worker);
      },
      onEnd: (worker, how) => this.#ended(worker, how),
    };
    try {
      const worker = new WorkerProcess(this.#options.findCommand(), soonBefore, events);
      this.#workers.add(worker);
      await worker.ready;
      return await this.#group.inTurn(() => this.#letServe(worker));
    } catch (error) {
      // The program's file is being replaced, or the system has no free process.
      if (this.#isStarted) this.#startLater({ livedMs: 0, soonBefore });
      const reason = codeOf(error) ?? (error instanceof Error ? error.message : String(error));
      return { kind: "failed", message: `a worker cannot be started (${reason})` };
    }
  }

  async #letServe(worker: WorkerProcess): Promise<ServeOutcome> {
    const { config } = this.#options;
    const credentials = this.#credentials;
    const outcome = await worker.serve({ kind: "serve", config, credentials });
    if (outcome.kind === "listening" && this.#workers.has(worker)) this.#group.add(worker);
    return outcome;
  }

  /** Replaces a worker; tells whether another one listens in its place, or it has ended by itself. */
  async #replace(worker: WorkerProcess): Promise<boolean> {
    if (!worker.isServing || this.#replacing.has(worker) || this.#isStopping) return true;
    this.#replacing.add(worker);
    const outcome = await this.#add(0);
    if (outcome.kind === "failed") {
      this.#complain(`${outcome.message} (the current workers keep serving)`);
    } else if (worker.isServing && !this.#isStopping) {
      await this.#group.inTurn(() => this.#letGo(worker, "replaced", GOODBYE_SECONDS));
    }
    this.#replacing.delete(worker);
    this.#fill(0);
    return outcome.kind === "listening";
  }

  /** Tells a worker to leave; resolves once it accepts no more connections. */
  async #letGo(worker: WorkerProcess, reason: LeaveReason, lingerSeconds: number): Promise<void> {
    const found = reason === "replaced" ? this.#group.placeOf(worker) : undefined;
    const place = found !== undefined && found.count > 1 ? found : undefined;
    await worker.leave({ kind: "leave", reason, lingerSeconds, place });
    this.#group.remove(worker);
    if (place !== undefined) this.#group.stopSteering();
  }

  /** Kills a worker that hangs. Its connections are lost, and so are its counts since its last report. */
  #endHung(worker: WorkerProcess): void {
    this.#complain(`worker ${worker.pid} has not answered for seconds; it is killed`);
    worker.killHung();
  }

  #ended(worker: WorkerProcess, how: string): void {
    this.#workers.delete(worker);
    this.#group.remove(worker);
    this.#ledger.close(worker.pid);
    if (worker.isLeaving || this.#isStopping || !this.#isStarted) return;
    this.#deaths++;
    const livedMs = performance.now() - worker.startMs;
    const delayMs = this.#startLater({ livedMs, soonBefore: worker.soonBefore });
    if (delayMs === undefined) return;
    const when = delayMs === 0 ? "" : ` in ${delayMs / 1000} s`;
    this.#complain(`worker ${worker.pid} ended (${how}); another one starts${when}`);
  }

  /** Schedules the next start and returns its delay (ms); `undefined` if no worker is missing. */
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

  /** The number of workers that neither run nor are about to start. */
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

  /** Reports a problem, except while stopping, when it is no problem that a worker has ended. */
  #complain(message: string): void {
    if (!this.#isStopping) this.#options.complain(message);
  }

  async #answerTotal(worker: WorkerProcess, id: number): Promise<void> {
    worker.send({ kind: "total", id, families: await this.total() });
  }
}
