import { createApp, type App, type Scarcity } from "../app.ts";
import { FALLBACK_ASSETS, RESERVED_ASSETS } from "../routes/embedded.ts";
import type { Config } from "../cli/config.ts";
import type { DocumentRoot } from "../files/root/document-root.ts";
import { Files, type FilesOptions } from "../files/handler.ts";
import { Sends } from "../files/content/sends.ts";
import { BasicAuth } from "../http/basic-auth.ts";
import { HostPolicy } from "../http/host.ts";
import { METRICS_TYPE, renderMetrics, type MetricFamily } from "../observe/metrics.ts";
import { adviseOnHosts } from "../observe/host-advice.ts";
import type { Write } from "../observe/log-sink.ts";
import { Monitoring } from "../routes/monitoring.ts";
import { Echo, type EchoOptions } from "../echo/echo.ts";
import { watchRequests } from "./watch-requests.ts";

/** The outputs that a server reports to, and its clock. */
export interface AssemblySurroundings {
  /** Logs an error with its cause. */
  readonly logError: (error: unknown) => void;
  /** Writes the access log. */
  readonly writeLog: Write;
  /** The counts of all workers so far; `undefined` for a server without workers. */
  readonly share?: { readonly total: () => Promise<readonly MetricFamily[]> } | undefined;
  /** A monotonic clock, in milliseconds; `performance.now()` by default. */
  readonly elapsedMs?: () => number;
}

/** The directory to serve, and the limits of the machine. */
export interface RootAndLimits {
  readonly root: DocumentRoot;
  /** The largest number of WebSockets. */
  readonly maxConnections: number;
  /** Tells when descriptors are scarce; `undefined` on a system without a limit. */
  readonly descriptors: Scarcity | undefined;
}

/** The parts of a server that answer requests and observe them. */
export interface Assembly {
  readonly app: App;
  readonly echo: Echo;
  readonly files: Files;
  /** The files that are being sent from disk. */
  readonly sends: Sends;
  readonly hosts: HostPolicy;
  readonly monitoring: Monitoring;
  /** Returns the counts so far. */
  readonly collect: () => readonly MetricFamily[];
  /**
   * Ends the work in the background. Resolves once the log is written, or its reader has had enough
   * time.
   */
  readonly finish: () => Promise<void>;
}

/** Makes the parts of a server from its configuration, without listening yet. */
export function assemble(
  config: Config,
  surroundings: AssemblySurroundings,
  { root, maxConnections, descriptors }: RootAndLimits,
): Assembly {
  const { logError, writeLog, share, elapsedMs: now = () => performance.now() } = surroundings;
  const { headers, cors, metrics, allowHosts: allowed, host: own } = config;
  const echo = createEcho(config, maxConnections, { logError, now });
  const sends = new Sends();
  const files = createFiles(config, { root, sends, logError, now });
  const hosts = new HostPolicy({ allowed, own });
  const auth = config.auth === undefined ? undefined : new BasicAuth(config.auth);
  const { observer, collect, finish: finishLog } = watchRequests(config, { echo, files, writeLog });
  const render =
    share === undefined
      ? () => renderMetrics(collect())
      : async () => renderMetrics(await share.total());
  const monitoring = new Monitoring({
    metrics: metrics ? { contentType: METRICS_TYPE, render } : undefined,
  });
  const adviseOnHost = adviseOnHosts(logError, now);
  const watched = { logError, observer, adviseOnHost, descriptors };
  const app = createApp({ files, echo, monitoring, hosts, auth, cors, headers, ...watched });
  const finish = () => {
    files.stop();
    return finishLog();
  };
  return { app, echo, files, sends, hosts, monitoring, collect, finish };
}

function createEcho(
  config: Config,
  maxConnections: number,
  given: Pick<EchoOptions, "logError" | "now">,
): Echo {
  const { maxMessageBytes, allowOrigins, deflate } = config;
  return new Echo({
    maxMessageBytes,
    maxConnections,
    allowOrigins,
    countsBytes: config.metrics,
    deflate,
    stallMs: config.stallSeconds * 1000,
    ...given,
  });
}

function createFiles(
  config: Config,
  given: Pick<FilesOptions, "root" | "sends" | "logError" | "now">,
): Files {
  const { index, cacheBytes, maxAgeSeconds, spa } = config;
  return new Files({
    ...given,
    index,
    cacheBytes,
    maxAgeSeconds,
    spa,
    isPrivate: config.auth !== undefined,
    reserved: RESERVED_ASSETS,
    fallbacks: FALLBACK_ASSETS,
  });
}
