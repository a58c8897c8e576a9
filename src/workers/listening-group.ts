import type { Place } from "../system/steering.ts";
import type { WorkerProcess } from "./worker-process.ts";

/**
 * The workers that listen, in the kernel's order: when one leaves, the last one takes its place.
 * Only one worker at a time begins to listen or leaves, so that the order is known.
 */
export class ListeningGroup {
  readonly #workers: WorkerProcess[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  /** Adds a worker that has begun to listen. */
  add(worker: WorkerProcess): void {
    this.#workers.push(worker);
  }

  /** Removes a worker that listens no more, and gives its place to the last one. */
  remove(worker: WorkerProcess): void {
    const index = this.#workers.indexOf(worker);
    const last = this.#workers.at(-1);
    if (index === -1 || last === undefined) return;
    this.#workers[index] = last;
    this.#workers.pop();
  }

  /** Returns the place of a worker among all; `undefined` if it does not listen. */
  placeOf(worker: WorkerProcess): Place | undefined {
    const index = this.#workers.indexOf(worker);
    return index === -1 ? undefined : { index, count: this.#workers.length };
  }

  /** Sends to one of the workers what is for the whole group. */
  stopSteering(): void {
    this.#workers[0]?.send({ kind: "stop-steering" });
  }

  /** Runs acts one after the other, even if an earlier one has failed. */
  inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
