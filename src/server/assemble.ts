import { createApp, type App } from "../app.ts";
import { FALLBACK_ASSETS, RESERVED_ASSETS } from "../routes/embedded.ts";
import type { Config } from "../cli/config.ts";
import type { DocumentRoot } from "../files/document-root.ts";
import { Files } from "../files/handler.ts";
import { BasicAuth } from "../http/basic-auth.ts";
import { HostPolicy } from "../http/host.ts";
import { METRICS_TYPE, renderMetrics, type MetricFamily } from "../observe/metrics.ts";
import { adviseOnHosts } from "../observe/host-advice.ts";
import type { Write } from "../observe/log-sink.ts";
import { watchRequests } from "./watch-requests.ts";
import { Status } from "../routes/status.ts";
import { Echo } from "../echo/echo.ts";

/** What is told of what goes on. */
export interface AssemblyServices {
  /** Takes what went wrong, with its cause. */
  readonly logError: (error: unknown) => void;
  /** Writes the access log. */
  readonly writeLog: Write;
  /** What several servers have counted so far; `undefined` for one by itself. */
  readonly share?: { readonly total: () => Promise<readonly MetricFamily[]> } | undefined;
}

/** What is served, and to how many. */
export interface Resources {
  readonly root: DocumentRoot;
  /** How many WebSockets there may be. */
  readonly maxConnections: number;
}

/** What answers, and what watches it. */
export interface Assembly {
  readonly app: App;
  readonly echo: Echo;
  readonly hosts: HostPolicy;
  readonly status: Status;
  /** What has been counted so far. */
  readonly collect: () => readonly MetricFamily[];
  /** Settles when the log is written, or its reader has had time enough. */
  readonly finish: () => Promise<void>;
}

/** Puts together what answers, and what watches it. Nothing of it listens yet. */
export function assemble(
  config: Config,
  services: AssemblyServices,
  { root, maxConnections }: Resources,
): Assembly {
  const { logError, writeLog, share } = services;
  const { headers, cors, metrics, allowHosts: allowed, host: own } = config;
  const echo = createEcho(config, maxConnections, logError);
  const files = createFiles(config, root, logError);
  const hosts = new HostPolicy({ allowed, own });
  const auth = config.auth === undefined ? undefined : new BasicAuth(config.auth);
  const { observer, collect, finish } = watchRequests(config, { echo, files, writeLog });
  const render =
    share === undefined
      ? () => renderMetrics(collect())
      : async () => renderMetrics(await share.total());
  const status = new Status({
    metrics: metrics ? { contentType: METRICS_TYPE, render } : undefined,
  });
  const adviseOnHost = adviseOnHosts(logError, () => performance.now());
  const watched = { logError, observer, adviseOnHost };
  const app = createApp({ files, echo, status, hosts, auth, cors, headers, ...watched });
  return { app, echo, hosts, status, collect, finish };
}

type LogError = AssemblyServices["logError"];

function createEcho(config: Config, maxConnections: number, logError: LogError): Echo {
  const { maxMessageBytes, allowOrigins, deflate } = config;
  return new Echo({
    maxMessageBytes,
    maxConnections,
    allowOrigins,
    deflate,
    stallMs: config.stallSeconds * 1000,
    now: () => performance.now(),
    logError,
  });
}

function createFiles(config: Config, root: DocumentRoot, logError: LogError): Files {
  const { index, cacheBytes, maxAgeSeconds, spa } = config;
  return new Files({
    root,
    index,
    cacheBytes,
    maxAgeSeconds,
    spa,
    isPrivate: config.auth !== undefined,
    reserved: RESERVED_ASSETS,
    fallbacks: FALLBACK_ASSETS,
    logError,
  });
}
