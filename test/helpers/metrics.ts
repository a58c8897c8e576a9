import { parseMetrics, type ParsedFamily } from "./prometheus.ts";
import { request } from "./raw-http.ts";

/** The metrics of a server, by the names of their families. */
export type Metrics = ReadonlyMap<string, ParsedFamily>;

/** Asks a server with `--metrics` for them. */
export async function readMetrics(port: number): Promise<Metrics> {
  const { body } = await request(port, "GET", "/.meerkat/metrics", { Connection: "close" });
  return parseMetrics(body.toString());
}

/** Returns the value of a sample, 0 if there is none. */
export function valueOf(metrics: Metrics, sample: string): number {
  return metrics.get(sample.replace(/\{.*/, ""))?.samples.get(sample) ?? 0;
}

/** Asks a server with `--workers` until so many of them serve. */
export async function untilServing(port: number, count: number): Promise<Metrics> {
  for (;;) {
    const metrics = await readMetrics(port);
    if (valueOf(metrics, "meerkat_workers") === count) return metrics;
  }
}
