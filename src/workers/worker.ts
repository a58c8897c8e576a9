import { start, type Running, type Services } from "../server/start.ts";
import type { MetricFamily } from "../observe/metrics.ts";
import { steerAway, stopSteering } from "../system/steering.ts";
import type { News, Order } from "./messages.ts";
import { wholeLines } from "./whole-lines.ts";

type OrderTo<Kind extends Order["kind"]> = Extract<Order, { readonly kind: Kind }>;

type WorkerServices = Pick<Services, "logError" | "writeLog">;

/** How often it reports what it has counted: as much is lost of one that is killed, in milliseconds. */
const REPORT_MS = 1000;

/** Serves what the parent says, and ends when the parent says so or is no more. */
export function runWorker(services: WorkerServices): void {
  const worker = new Worker(services);
  process.on("message", (order: Order) => worker.obey(order));
  process.on("disconnect", () => worker.leaveAlone());
  // Who presses Ctrl-C signals the workers too; the parent is told as well, and decides.
  for (const signal of ["SIGINT", "SIGHUP", "SIGUSR2"] as const) process.on(signal, () => {});
  process.once("SIGTERM", () => {
    process.once("SIGTERM", () => process.exit(SIGTERM_EXIT));
    tell({ kind: "asked-to-leave" });
  });
  tell({ kind: "ready" });
}

/** As a shell has it of a program that a signal ended. */
const SIGTERM_EXIT = 128 + 15;

/** One of several processes that share a port. */
class Worker {
  readonly #services: WorkerServices;
  /** Those who wait for the counts of all, by the number of their question. */
  readonly #asking = new Map<number, (families: readonly MetricFamily[]) => void>();
  #questions = 0;
  #running: Running | undefined;
  #isLeaving = false;

  constructor(services: WorkerServices) {
    this.#services = services;
  }

  obey(order: Order): void {
    switch (order.kind) {
      case "serve":
        return this.#serve(order);
      case "renew":
        return void this.#renew(order);
      case "leave":
        return this.#leave(order);
      case "stop-steering":
        return stopSteering();
      case "count":
        return this.#report(order.id);
      case "total":
        this.#asking.get(order.id)?.(order.families);
        this.#asking.delete(order.id);
        return;
      default:
        order satisfies never;
    }
  }

  /**
   * Nobody is there to take its place, or to tell it anything. It does not linger: whoever starts the
   * parent anew needs the port.
   */
  leaveAlone(): void {
    if (this.#running === undefined) process.exit(1);
    for (const answer of this.#asking.values()) answer(this.#running.collect());
    this.#leave({ kind: "leave", reason: "end", lingerSeconds: 0, place: undefined });
  }

  #serve({ config, credentials }: OrderTo<"serve">): void {
    const { logError, writeLog } = this.#services;
    const result = start(config, {
      logError,
      // Several write to one pipe, and no line of one may stand in a line of another.
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

  async #renew({ credentials, place }: OrderTo<"renew">): Promise<void> {
    const result = this.#running?.renew?.({ credentials, place });
    if (result === undefined) return tell({ kind: "not-renewed", message: "it is not serving" });
    if (result.kind === "failed") return tell({ kind: "not-renewed", message: result.message });
    await result.closed;
    tell({ kind: "renewed" });
  }

  #leave({ reason, lingerSeconds, place }: OrderTo<"leave">): void {
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

/** @param onSent called also where there is no parent any more */
function tell(news: News, onSent: () => void = () => {}): void {
  try {
    process.send?.(news, undefined, {}, onSent);
  } catch {
    // The parent has just ended, of which "disconnect" tells.
    onSent();
  }
}
