import type { Place } from "../system/steering.ts";
import type { Instruction } from "./messages.ts";
import type { WorkerProcess } from "./worker-process.ts";

/**
 * Holds the workers that listen, in the kernel's order: when one leaves, the last one takes its place.
 * Only one worker at a time begins to listen or leaves, so that the order is known.
 */
export class ListeningGroup {
  readonly #workers: WorkerProcess[] = [];
  /** The workers that have not answered in time. */
  readonly #doubted = new Set<WorkerProcess>();
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
    if (this.#doubted.delete(worker)) this.stopSteering();
  }

  /**
   * Steers new connections away from a worker that has not answered in time, until it does or is gone:
   * nobody may answer them, and they are lost if it is killed.
   */
  doubt(worker: WorkerProcess, isDoubted: boolean): void {
    const place = this.placeOf(worker);
    if (place === undefined) return;
    if (isDoubted) {
      this.#doubted.add(worker);
      this.#tellOne({ kind: "steer", place });
    } else if (this.#doubted.delete(worker)) {
      this.stopSteering();
    }
  }

  /** Returns the place of a worker among all; `undefined` if it does not listen. */
  placeOf(worker: WorkerProcess): Place | undefined {
    const index = this.#workers.indexOf(worker);
    return index === -1 ? undefined : { index, count: this.#workers.length };
  }

  /** Lets the kernel distribute new connections to all workers again. */
  stopSteering(): void {
    this.#tellOne({ kind: "stop-steering" });
  }

  /** Sends an instruction for the whole group to a worker that follows it. */
  #tellOne(instruction: Instruction): void {
    this.#workers.find((worker) => !this.#doubted.has(worker))?.send(instruction);
  }

  /** Runs acts one after the other, even if an earlier one has failed. */
  inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
