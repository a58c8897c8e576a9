import type { MetricFamily, Sample } from "../observe/metrics.ts";

/** Adds what several have counted: samples of one family that have the same labels become one. */
export function sumFamilies(counts: readonly (readonly MetricFamily[])[]): MetricFamily[] {
  const sums = new Map<string, MetricFamily>();
  for (const family of counts.flat()) {
    const before = sums.get(family.name)?.samples ?? [];
    sums.set(family.name, { ...family, samples: addSamples(before, family.samples) });
  }
  return [...sums.values()];
}

/** A gauge is of one process; so that none is lost or added to another, each is told by its worker. */
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

/** What stays true of a process that has ended. */
export function withoutGauges(families: readonly MetricFamily[]): readonly MetricFamily[] {
  return families.filter(({ type }) => type !== "gauge");
}

function addSamples(before: readonly Sample[], more: readonly Sample[]): readonly Sample[] {
  const sums = new Map(before.map((sample) => [keyOf(sample), sample]));
  for (const sample of more) {
    const key = keyOf(sample);
    sums.set(key, { ...sample, value: (sums.get(key)?.value ?? 0) + sample.value });
  }
  return [...sums.values()];
}

/** Every worker writes its labels in the same order. */
function keyOf({ suffix = "", labels = {} }: Sample): string {
  return JSON.stringify([suffix, labels]);
}
