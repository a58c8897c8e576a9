import type { MetricFamily } from "../observe/metrics.ts";
import { labelGauges, sumFamilies, withoutGauges } from "./sum-families.ts";

/** What all workers have counted, those that have ended among them: so no total ever falls. */
export class Ledger {
  /** The last report of each that is there, by process id. */
  readonly #reports = new Map<number, readonly MetricFamily[]>();
  #ended: readonly MetricFamily[] = [];

  /** Takes the place of what the worker has reported before. */
  record(worker: number, families: readonly MetricFamily[]): void {
    this.#reports.set(worker, families);
  }

  /** Keeps the totals of a worker that has ended; what it did not report is lost. */
  close(worker: number): void {
    const last = this.#reports.get(worker);
    this.#reports.delete(worker);
    if (last !== undefined) this.#ended = sumFamilies([this.#ended, withoutGauges(last)]);
  }

  total(): readonly MetricFamily[] {
    const labelled = Array.from(this.#reports, ([worker, families]) =>
      labelGauges(families, worker),
    );
    return sumFamilies([this.#ended, ...labelled]);
  }
}
