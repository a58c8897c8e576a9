import { locationOf, plainPath } from "../http/location.ts";
import type { Observation } from "./observation.ts";

/** A value of a metric family, with the labels that distinguish it. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string | number>>;
  /** The end of the name of a histogram's sample: `_bucket`, `_sum` or `_count`. */
  readonly suffix?: string;
  readonly value: number;
}

/** A metric with its name, help, type and samples. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly Sample[];
}

/** The figures that other modules count and `familiesOf()` renders. Totals are since the start. */
export interface MetricsFacts {
  readonly version: string;
  readonly bunVersion: string;
  /** The start of the process, in seconds since 1970. */
  readonly startSeconds: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly webSockets: {
    readonly open: number;
    readonly paused: number;
    readonly opened: number;
    readonly messages: number;
    readonly messageBytes: number;
    readonly pauses: number;
    readonly stalls: number;
  };
  readonly cache: {
    readonly hits: number;
    readonly misses: number;
    readonly entries: number;
    readonly bytes: number;
  };
  readonly droppedLogLines: number;
}

/** The media type of Prometheus' text format, which `renderMetrics()` writes. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * The bounds of the histogram of durations. Answers from memory take up to a millisecond, directories up to
 * 0.1 s; longer times are a problem.
 */
const BUCKET_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

/** The route label of all requests but those to our own routes. */
const FILES = "files";

/** Counts requests by route and status, the bytes of their answers, and their durations. */
export class RequestCounters {
  readonly #routes: ReadonlySet<string>;
  /** By route, then by status. */
  readonly #requests = new Map<string, Map<number, number>>();
  /** Counts by bucket, not cumulated; the last is for durations above all bounds. */
  readonly #buckets = new Array<number>(BUCKET_SECONDS.length + 1).fill(0);
  #bytes = 0;
  #seconds = 0;

  /** @param routes the paths that have a route label of their own */
  constructor(routes: Iterable<string>) {
    this.#routes = new Set(routes);
  }

  /** Counts these requests. */
  add(observations: readonly Observation[]): void {
    for (const observation of observations) this.#count(observation);
  }

  #count({ target, status, bytes, seconds }: Observation): void {
    const path = plainPath(locationOf(target).path);
    const route = this.#routes.has(path) ? path : FILES;
    const byStatus = this.#requests.get(route) ?? new Map<number, number>();
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    this.#requests.set(route, byStatus);
    const index = BUCKET_SECONDS.findIndex((bound) => seconds <= bound);
    const bucket = index === -1 ? BUCKET_SECONDS.length : index;
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#bytes += bytes;
    this.#seconds += seconds;
  }

  /** Returns the counts so far as metric families. */
  families(): readonly MetricFamily[] {
    const requests = Array.from(this.#requests, ([route, byStatus]) =>
      Array.from(byStatus, ([status, value]) => ({ labels: { route, status }, value })),
    );
    return [
      {
        name: "meerkat_requests_total",
        help: "Answered requests, by route and status; 101 is a WebSocket.",
        type: "counter",
        samples: requests.flat(),
      },
      counter("meerkat_response_bytes_total", "Bytes of response bodies.", this.#bytes),
      {
        name: "meerkat_request_duration_seconds",
        help: "Seconds from a request to its response, without the time to send it.",
        type: "histogram",
        samples: this.#histogram(),
      },
    ];
  }

  #histogram(): Sample[] {
    let count = 0;
    const samples: Sample[] = this.#buckets.map((requests, index) => {
      count += requests;
      return { suffix: "_bucket", labels: { le: BUCKET_SECONDS[index] ?? "+Inf" }, value: count };
    });
    return [
      ...samples,
      { suffix: "_sum", value: this.#seconds },
      { suffix: "_count", value: count },
    ];
  }
}

/** Makes the metric families of all facts but the requests. */
export function familiesOf(facts: MetricsFacts): readonly MetricFamily[] {
  const { version, bunVersion, webSockets, cache } = facts;
  return [
    gauge("meerkat_websocket_connections", "Open WebSockets.", webSockets.open),
    gauge(
      "meerkat_websocket_paused",
      "Open WebSockets that are not read from, as the peer reads too slowly.",
      webSockets.paused,
    ),
    counter("meerkat_websocket_opened_total", "WebSockets opened.", webSockets.opened),
    counter(
      "meerkat_websocket_messages_total",
      "Received WebSocket messages.",
      webSockets.messages,
    ),
    counter(
      "meerkat_websocket_message_bytes_total",
      "Bytes of received WebSocket messages.",
      webSockets.messageBytes,
    ),
    counter(
      "meerkat_websocket_pauses_total",
      "Times that reading from a WebSocket was paused, as the peer read too slowly.",
      webSockets.pauses,
    ),
    counter(
      "meerkat_websocket_stalls_total",
      "WebSockets closed because the peer stopped reading.",
      webSockets.stalls,
    ),
    counter("meerkat_cache_hits_total", "Responses from the content cache.", cache.hits),
    counter("meerkat_cache_misses_total", "Files read or sent from disk.", cache.misses),
    gauge("meerkat_cache_entries", "Files in the content cache.", cache.entries),
    gauge("meerkat_cache_bytes", "Memory of the content cache in bytes.", cache.bytes),
    counter(
      "meerkat_log_dropped_lines_total",
      "Lines of the access log dropped because the reader was too slow.",
      facts.droppedLogLines,
    ),
    gauge("process_resident_memory_bytes", "Resident memory in bytes.", facts.residentBytes),
    counter("process_cpu_seconds_total", "User and system CPU time in seconds.", facts.cpuSeconds),
    gauge(
      "process_start_time_seconds",
      "Start of the process in seconds since 1970.",
      facts.startSeconds,
    ),
    {
      name: "meerkat_info",
      help: "Versions of Meerkat and Bun; always 1.",
      type: "gauge",
      samples: [{ labels: { version, bun: bunVersion }, value: 1 }],
    },
  ];
}

function counter(name: string, help: string, value: number): MetricFamily {
  return { name, help, type: "counter", samples: [{ value }] };
}

function gauge(name: string, help: string, value: number): MetricFamily {
  return { name, help, type: "gauge", samples: [{ value }] };
}

/** Renders metric families in Prometheus' text format, version 0.0.4. */
export function renderMetrics(families: readonly MetricFamily[]): string {
  return families.map(renderFamily).join("");
}

function renderFamily({ name, help, type, samples }: MetricFamily): string {
  const escaped = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  const lines = samples.map(
    ({ suffix = "", labels = {}, value }) => `${name}${suffix}${renderLabels(labels)} ${value}\n`,
  );
  return `# HELP ${name} ${escaped}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function renderLabels(labels: NonNullable<Sample["labels"]>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string | number): string {
  return String(value).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
