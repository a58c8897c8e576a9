import { version } from "../../package.json";
import { LINE_FORMATS, type LogFormat } from "../observe/access-log.ts";
import type { Files } from "../files/handler.ts";
import {
  familiesOf,
  RequestCounters,
  type MetricFamily,
  type MetricsFacts,
} from "../observe/metrics.ts";
import { HEALTH_PATH, METRICS_PATH } from "../routes/status.ts";
import type { Echo } from "../echo/echo.ts";
import { LogSink, type Write } from "../observe/log-sink.ts";
import { Observer, type Watch } from "../observe/observation.ts";

/** What is to be seen of requests. */
export interface WatchOptions {
  readonly log: LogFormat | "off";
  readonly metrics: boolean;
  /** The client's address is the one that a proxy names. */
  readonly trustProxy: boolean;
}

/** Where the log goes, and what counts by itself. */
export interface Watched {
  readonly writeLog: Write;
  readonly echo: Echo;
  readonly files: Files;
}

/** The requests being watched. */
export interface Watching {
  /** `undefined` if neither the log nor the metrics are on: then nobody watches. */
  readonly observer: Observer | undefined;
  /** Everything that is counted, as it is now. */
  readonly collect: () => readonly MetricFamily[];
  /** Settles when the log is written, or its reader has had time enough. */
  readonly finish: () => Promise<void>;
}

/** What is not a file, and is counted by itself. */
const COUNTED_ROUTES = ["/rest", "/websocket", HEALTH_PATH, METRICS_PATH] as const;

/** How long the log may take to be written at the end: a reader that is stuck will not take it at all. */
const FLUSH_SECONDS = 1;

/** Sets up the log and the metrics, as far as they are asked for. */
export function watchRequests(
  { log, metrics, trustProxy }: WatchOptions,
  { writeLog, echo, files }: Watched,
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
