import { describe, expect, test } from "bun:test";
import { renderMetrics, RequestCounters, type MetricFamily } from "../../src/observe/metrics.ts";
import { Ledger } from "../../src/workers/ledger.ts";
import { parseMetrics } from "../helpers/prometheus.ts";

const counter = (value: number, labels = {}): MetricFamily => {
  return { name: "a_total", help: "A.", type: "counter", samples: [{ labels, value }] };
};

const gauge = (value: number): MetricFamily => {
  return { name: "b", help: "B.", type: "gauge", samples: [{ value }] };
};

/** The counts of a process that answered these requests. */
function counted(...requests: readonly (readonly [target: string, seconds: number])[]) {
  const counters = new RequestCounters(["/rest"]);
  const request = { timeMs: 0, startMs: 0, address: "::1", method: "GET", status: 200, bytes: 10 };
  const unknown = { referrer: undefined, agent: undefined };
  counters.add(requests.map(([target, seconds]) => ({ ...request, ...unknown, target, seconds })));
  return counters.families();
}

/** By name and labels. */
function samplesOf(ledger: Ledger): Record<string, number> {
  const families = parseMetrics(renderMetrics(ledger.total()));
  return Object.fromEntries([...families.values()].flatMap(({ samples }) => [...samples]));
}

describe("total()", () => {
  test("has nothing of nobody", () => {
    const ledger = new Ledger();
    ledger.close(1);
    expect(ledger.total()).toEqual([]);
  });

  test("adds counters, and keeps gauges apart by worker", () => {
    const ledger = new Ledger();
    ledger.record(1, [counter(1), gauge(10)]);
    ledger.record(2, [counter(2), gauge(20)]);
    expect(samplesOf(ledger)).toEqual({ a_total: 3, 'b{worker="1"}': 10, 'b{worker="2"}': 20 });
  });

  test("has a worker's last report in place of those before", () => {
    const ledger = new Ledger();
    ledger.record(1, [counter(1)]);
    ledger.record(1, [counter(5)]);
    expect(samplesOf(ledger)).toEqual({ a_total: 5 });
  });

  test("keeps what a worker that ended has counted, but not its gauges", () => {
    const ledger = new Ledger();
    for (const worker of [1, 2, 3]) {
      ledger.record(worker, [counter(1), gauge(10)]);
      if (worker < 3) ledger.close(worker);
    }
    expect(samplesOf(ledger)).toEqual({ a_total: 3, 'b{worker="3"}': 10 });
  });

  test("adds what has the same labels, and has what only one has", () => {
    const ledger = new Ledger();
    ledger.record(1, [counter(1, { status: 200 })]);
    ledger.record(2, [counter(2, { status: 200 })]);
    ledger.record(3, [counter(4, { status: 404 })]);
    expect(samplesOf(ledger)).toEqual({ 'a_total{status="200"}': 3, 'a_total{status="404"}': 4 });
  });

  test("is, for requests, what one process would have counted that answered them all", () => {
    const ledger = new Ledger();
    ledger.record(1, counted(["/rest", 0.5], ["/a", 0.001]));
    ledger.record(2, counted(["/rest", 20], ["/b", 0.003]));
    const all = counted(["/rest", 0.5], ["/a", 0.001], ["/rest", 20], ["/b", 0.003]);
    expect(parseMetrics(renderMetrics(ledger.total()))).toEqual(parseMetrics(renderMetrics(all)));
  });
});
