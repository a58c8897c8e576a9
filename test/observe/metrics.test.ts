import { describe, expect, test } from "bun:test";
import {
  familiesOf,
  renderMetrics,
  RequestCounters,
  type MetricFamily,
} from "../../src/observe/metrics.ts";
import type { Observation } from "../../src/observe/observation.ts";
import { parseMetrics } from "../helpers/prometheus.ts";

const OBSERVATION: Observation = {
  timeMs: 0,
  startMs: 0,
  address: "127.0.0.1",
  method: "GET",
  target: "/",
  status: 200,
  bytes: 0,
  seconds: 0,
  referrer: undefined,
  agent: undefined,
};

const FACTS = {
  version: '1.0"\\\n',
  bunVersion: "1.4.5",
  startSeconds: 1_700_000_000.5,
  cpuSeconds: 1.5,
  residentBytes: 50_000_000,
  webSockets: {
    open: 1,
    paused: 2,
    opened: 3,
    messages: 4,
    messageBytes: 5,
    pauses: 6,
    stalls: 7,
  },
  cache: { hits: 8, misses: 9, entries: 10, bytes: 11 },
  droppedLogLines: 12,
};

test("renderMetrics() escapes help and labels (text format 0.0.4)", () => {
  const family: MetricFamily = {
    name: "a",
    help: "b\\c\nd",
    type: "gauge",
    samples: [{ labels: { x: 'q"\\\n', y: 1 }, value: 0.5 }, { value: 1e21 }],
  };
  const text = renderMetrics([family]);
  expect(text).toBe('# HELP a b\\\\c\\nd\n# TYPE a gauge\na{x="q\\"\\\\\\n",y="1"} 0.5\na 1e+21\n');
  expect(parseMetrics(text).get("a")?.samples.get('a{x="q\\"\\\\\\n",y="1"}')).toBe(0.5);
});

test("familiesOf() has every number under a name of its own", () => {
  const families = parseMetrics(renderMetrics(familiesOf(FACTS)));
  const values = [...families.values()].flatMap(({ samples }) => [...samples.values()]);
  expect(values.slice(0, 12).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 12 }, (_, index) => index + 1),
  );
  expect(values.slice(12)).toEqual([50_000_000, 1.5, 1_700_000_000.5, 1]);
  expect(families.get("meerkat_websocket_pauses_total")?.samples).toEqual(
    new Map([["meerkat_websocket_pauses_total", 6]]),
  );
});

describe("RequestCounters", () => {
  const count = (observations: readonly Partial<Observation>[]) => {
    const counters = new RequestCounters(["/rest"]);
    counters.add(observations.map((each) => ({ ...OBSERVATION, ...each })));
    return parseMetrics(renderMetrics(counters.families()));
  };

  test("are in the format before anything was counted", () => {
    expect(count([]).get("meerkat_requests_total")?.samples.size).toBe(0);
  });

  test("count by route and status", () => {
    const families = count([
      { target: "/rest" },
      { target: "/rest?a" },
      { target: "/rest#a" },
      { target: "/rest/" },
      { target: "//re%73t" },
      { target: "/rest//" },
      { target: '/"\\', status: 404 },
      { target: "", status: 400 },
    ]);
    expect(families.get("meerkat_requests_total")?.samples).toEqual(
      new Map([
        ['meerkat_requests_total{route="/rest",status="200"}', 5],
        ['meerkat_requests_total{route="files",status="200"}', 1],
        ['meerkat_requests_total{route="files",status="404"}', 1],
        ['meerkat_requests_total{route="files",status="400"}', 1],
      ]),
    );
  });

  test("add the bytes up", () => {
    const bytes = count([{ bytes: 10 }, { bytes: 5 }]).get("meerkat_response_bytes_total");
    expect([...(bytes?.samples.values() ?? [])]).toEqual([15]);
  });

  test("put seconds into buckets, each with the ones before it; a bound is in its own", () => {
    const seconds = [0, 0.0001, 0.00011, 0.02, 5, 5.1, 1000];
    const name = "meerkat_request_duration_seconds";
    const samples = count(seconds.map((each) => ({ seconds: each }))).get(name)?.samples;
    const bucket = (bound: string) => samples?.get(`${name}_bucket{le="${bound}"}`);
    const bounds = ["0.0001", "0.00025", "0.01", "0.05", "5", "+Inf"];
    expect(bounds.map(bucket)).toEqual([2, 3, 3, 4, 5, 7]);
    expect(samples?.get(`${name}_count`)).toBe(7);
    expect(samples?.get(`${name}_sum`)).toBeCloseTo(1010.12021);
  });
});

describe("the parser of these tests refuses", () => {
  test.each([
    ["a line that is not ended", "# HELP a b\n# TYPE a gauge\na 1"],
    ["a sample of nothing", "a 1\n"],
    ["a family without a type", "# HELP a b\na 1\n"],
    ["a type of another name", "# HELP a b\n# TYPE c gauge\na 1\n"],
    ["a sample of another name", "# HELP a b\n# TYPE a gauge\nb 1\n"],
    ["a bad label", '# HELP a b\n# TYPE a gauge\na{x="q\\q"} 1\n'],
    ["an open label", '# HELP a b\n# TYPE a gauge\na{x="q} 1\n'],
    ["no value", "# HELP a b\n# TYPE a gauge\na x\n"],
    ["a sample twice", "# HELP a b\n# TYPE a gauge\na 1\na 2\n"],
    ["a counter that is no total", "# HELP a b\n# TYPE a counter\na 1\n"],
    [
      "buckets that are not cumulative",
      '# HELP a b\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
    ],
    [
      "buckets without the last",
      '# HELP a b\n# TYPE a histogram\na_bucket{le="1"} 2\na_sum 1\na_count 2\n',
    ],
  ])("%s", (_what, text) => {
    expect(() => parseMetrics(text)).toThrow();
  });
});
