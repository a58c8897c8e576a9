import type { MetricFamily } from "../observe/metrics.ts";
import { labelGauges, sumFamilies, withoutGauges } from "./sum-families.ts";

/** Adds up the counts of all workers, including ended ones, so that no total ever falls. */
export class Ledger {
  /** The last report of each live worker, by process id. */
  readonly #reports = new Map<number, readonly MetricFamily[]>();
  #ended: readonly MetricFamily[] = [];

  /** Records a worker's counts, in place of its previous report. */
  record(worker: number, families: readonly MetricFamily[]): void {
    this.#reports.set(worker, families);
  }

  /** Keeps the last reported totals of a worker that has ended. */
  close(worker: number): void {
    const last = this.#reports.get(worker);
    this.#reports.delete(worker);
    if (last !== undefined) this.#ended = sumFamilies([this.#ended, withoutGauges(last)]);
  }

  /** Returns the sums over all workers, and the gauges of each live one. */
  total(): readonly MetricFamily[] {
    const labelled = Array.from(this.#reports, ([worker, families]) =>
      labelGauges(families, worker),
    );
    return sumFamilies([this.#ended, ...labelled]);
  }
}
