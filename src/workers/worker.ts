import { start, type Running, type ServerSurroundings } from "../server/start.ts";
import type { MetricFamily } from "../observe/metrics.ts";
import { steerAway, stopSteering } from "../system/steering.ts";
import type { News, Instruction } from "./messages.ts";
import { wholeLines } from "./whole-lines.ts";

type InstructionTo<Kind extends Instruction["kind"]> = Extract<
  Instruction,
  { readonly kind: Kind }
>;

type WorkerOutputs = Pick<ServerSurroundings, "logError" | "writeLog">;

/** How often (ms) a worker reports its counts; a killed one loses those since the last report. */
const REPORT_MS = 1000;

/** Runs a worker: follows the parent's instructions, and ends when told to or when the parent is gone. */
export function runWorker(outputs: WorkerOutputs): void {
  const worker = new Worker(outputs);
  process.on("message", (instruction: Instruction) => worker.obey(instruction));
  process.on("disconnect", () => worker.leaveAlone());
  // Ctrl-C signals the workers too, but the parent gets it as well and decides.
  for (const signal of ["SIGINT", "SIGHUP", "SIGUSR2"] as const) process.on(signal, () => {});
  process.once("SIGTERM", () => {
    process.once("SIGTERM", () => process.exit(SIGTERM_EXIT));
    tell({ kind: "asked-to-leave" });
  });
  tell({ kind: "ready" });
}

/** The exit code that a shell gives a program ended by SIGTERM. */
const SIGTERM_EXIT = 128 + 15;

/** The server of a worker, and its conversation with the parent. */
class Worker {
  readonly #outputs: WorkerOutputs;
  /** The callbacks that wait for the counts of all workers, by the id of the question. */
  readonly #asking = new Map<number, (families: readonly MetricFamily[]) => void>();
  #questions = 0;
  #running: Running | undefined;
  #isLeaving = false;

  constructor(outputs: WorkerOutputs) {
    this.#outputs = outputs;
  }

  obey(instruction: Instruction): void {
    switch (instruction.kind) {
      case "serve":
        return this.#serve(instruction);
      case "renew":
        return void this.#renew(instruction);
      case "leave":
        return this.#leave(instruction);
      case "steer":
        return steerAway(instruction.place);
      case "stop-steering":
        return stopSteering();
      case "ping":
        return tell({ kind: "alive" });
      case "count":
        return this.#report(instruction.id);
      case "total":
        this.#asking.get(instruction.id)?.(instruction.families);
        this.#asking.delete(instruction.id);
        return;
      default:
        instruction satisfies never;
    }
  }

  /** Leaves as the parent is gone. It does not linger, as the next parent needs the port. */
  leaveAlone(): void {
    if (this.#running === undefined) process.exit(1);
    for (const answer of this.#asking.values()) answer(this.#running.collect());
    this.#leave({ kind: "leave", reason: "end", lingerSeconds: 0, place: undefined });
  }

  #serve({ config, credentials }: InstructionTo<"serve">): void {
    const { logError, writeLog } = this.#outputs;
    const result = start(config, {
      logError,
      // Several workers write to one pipe, and their lines must not mix.
      writeLog: (bytes, done) => writeLog(wholeLines(bytes), done),
      share: { credentials, total: () => this.#askTotal() },
    });
    if (result.kind === "failed") {
      return tell({ kind: "failed", message: result.message }, () => process.exit(1));
    }
    this.#running = result;
    tell({ kind: "listening", facts: result.facts });
    if (config.metrics) setInterval(() => this.#report(undefined), REPORT_MS);
  }

  async #renew({ credentials, place }: InstructionTo<"renew">): Promise<void> {
    const result = this.#running?.renew?.({ credentials, place });
    if (result === undefined)
      return tell({ kind: "not-renewed", message: "the worker is not serving" });
    if (result.kind === "failed") return tell({ kind: "not-renewed", message: result.message });
    await result.closed;
    tell({ kind: "renewed" });
  }

  #leave({ reason, lingerSeconds, place }: InstructionTo<"leave">): void {
    if (this.#isLeaving || this.#running === undefined) return;
    this.#isLeaving = true;
    if (place !== undefined) steerAway(place);
    const leaving = {
      isReplaced: reason === "replaced",
      onClosed: () => tell({ kind: "closed" }),
    };
    void this.#running.stop(lingerSeconds, leaving).then(() => this.#end());
  }

  #end(): void {
    const families = this.#running?.collect() ?? [];
    tell({ kind: "counted", id: undefined, families }, () => process.exit(0));
  }

  #report(id: number | undefined): void {
    tell({ kind: "counted", id, families: this.#running?.collect() ?? [] });
  }

  #askTotal(): Promise<readonly MetricFamily[]> {
    if (!process.connected) return Promise.resolve(this.#running?.collect() ?? []);
    const id = ++this.#questions;
    const { promise, resolve } = Promise.withResolvers<readonly MetricFamily[]>();
    this.#asking.set(id, resolve);
    tell({ kind: "asks-total", id });
    return promise;
  }
}

/** Sends a message to the parent; `onSent` is called even if there is no parent any more. */
function tell(news: News, onSent: () => void = () => {}): void {
  try {
    process.send?.(news, undefined, {}, onSent);
  } catch {
    // The parent has just ended; "disconnect" follows.
    onSent();
  }
}
