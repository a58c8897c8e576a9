import { version } from "../../package.json";
import { LINE_FORMATS, type LogFormat } from "../observe/access-log.ts";
import type { Files } from "../files/handler.ts";
import {
  familiesOf,
  RequestCounters,
  type MetricFamily,
  type MetricsFacts,
} from "../observe/metrics.ts";
import { HEALTH_PATH, METRICS_PATH } from "../routes/monitoring.ts";
import type { Echo } from "../echo/echo.ts";
import { LogSink, type Write } from "../observe/log-sink.ts";
import { Observer, type Watch } from "../observe/observation.ts";

/** The settings of the access log and the metrics. */
export interface WatchOptions {
  readonly log: LogFormat | "off";
  readonly metrics: boolean;
  /** Log the client address that a proxy sends in X-Forwarded-For. */
  readonly trustProxy: boolean;
}

/** The output of the log, and the parts that keep counts of their own. */
export interface WatchSources {
  readonly writeLog: Write;
  readonly echo: Echo;
  readonly files: Files;
}

/** The observation of requests by the log and the metrics. */
export interface Watching {
  /** The observer of requests; `undefined` if both the log and the metrics are off. */
  readonly observer: Observer | undefined;
  /** Returns all counts so far. */
  readonly collect: () => readonly MetricFamily[];
  /** Resolves once the log is written, or its reader has had enough time. */
  readonly finish: () => Promise<void>;
}

/** The routes that are counted separately from files. */
const COUNTED_ROUTES = ["/rest", "/websocket", HEALTH_PATH, METRICS_PATH] as const;

/** How long the rest of the log may take to be written at the end; a stuck reader never takes it. */
const FLUSH_SECONDS = 1;

/** Sets up the access log and the metrics, if they are on. */
export function watchRequests(
  { log, metrics, trustProxy }: WatchOptions,
  { writeLog, echo, files }: WatchSources,
): Watching {
  const format = LINE_FORMATS[log === "off" ? "text" : log];
  const sink = new LogSink({ write: writeLog, formatDropped: format.dropped });
  const counters = new RequestCounters(COUNTED_ROUTES);
  const watchers: Watch[] = [];
  if (log !== "off") watchers.push((turn) => sink.add(turn.map(format.request)));
  if (metrics) watchers.push((turn) => counters.add(turn));
  const observer =
    watchers.length === 0 ? undefined : new Observer({ watchers, trustsProxy: trustProxy });
  return {
    observer,
    collect: () => [...counters.families(), ...familiesOf(readFacts(echo, files, sink))],
    async finish() {
      observer?.flush();
      await Promise.race([sink.flush(), Bun.sleep(FLUSH_SECONDS * 1000)]);
    },
  };
}

function readFacts(echo: Echo, files: Files, { droppedLines }: LogSink): MetricsFacts {
  const { user, system } = process.cpuUsage();
  return {
    version,
    bunVersion: Bun.version,
    startSeconds: performance.timeOrigin / 1000,
    cpuSeconds: (user + system) / 1_000_000,
    residentBytes: process.memoryUsage.rss(),
    webSockets: { open: echo.size, paused: echo.pausedCount, ...echo.counters },
    cache: files.cacheFacts,
    droppedLogLines: droppedLines,
  };
}
