import type { MetricFamily, Sample } from "../observe/metrics.ts";

/** Adds up the counts of several processes: samples of one family with the same labels become one. */
export function sumFamilies(counts: readonly (readonly MetricFamily[])[]): MetricFamily[] {
  const sums = new Map<string, MetricFamily>();
  for (const family of counts.flat()) {
    const before = sums.get(family.name)?.samples ?? [];
    sums.set(family.name, { ...family, samples: addSamples(before, family.samples) });
  }
  return [...sums.values()];
}

/** Labels each gauge with its worker, as a gauge belongs to one process and must not be added up. */
export function labelGauges(
  families: readonly MetricFamily[],
  worker: number,
): readonly MetricFamily[] {
  return families.map((family) => {
    if (family.type !== "gauge") return family;
    const samples = family.samples.map((sample) => {
      return { ...sample, labels: { ...sample.labels, worker } };
    });
    return { ...family, samples };
  });
}

/** Drops the gauges, which mean nothing once their process has ended. */
export function withoutGauges(families: readonly MetricFamily[]): readonly MetricFamily[] {
  return families.filter(({ type }) => type !== "gauge");
}

/** Makes the metric families that the parent counts itself: its workers, and their unexpected ends. */
export function workerFamilies(serving: number, deaths: number): readonly MetricFamily[] {
  return [
    {
      name: "meerkat_workers",
      help: "Worker processes that serve requests.",
      type: "gauge",
      samples: [{ value: serving }],
    },
    {
      name: "meerkat_worker_deaths_total",
      help: "Worker processes that ended unexpectedly.",
      type: "counter",
      samples: [{ value: deaths }],
    },
  ];
}

function addSamples(before: readonly Sample[], more: readonly Sample[]): readonly Sample[] {
  const sums = new Map(before.map((sample) => [keyOf(sample), sample]));
  for (const sample of more) {
    const key = keyOf(sample);
    sums.set(key, { ...sample, value: (sums.get(key)?.value ?? 0) + sample.value });
  }
  return [...sums.values()];
}

/** Returns the key of a sample. All workers write their labels in the same order, so they are not sorted. */
function keyOf({ suffix = "", labels = {} }: Sample): string {
  return JSON.stringify([suffix, labels]);
}
