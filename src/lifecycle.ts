import { resolve } from "node:path";
import { shutAbandoned } from "./abandoned.ts";
import { createApp } from "./app.ts";
import { bindBeside, bindFirstFree, bindSocket, isOnLoopback, type Service } from "./binding.ts";
import { FALLBACK_ASSETS, RESERVED_ASSETS } from "./built-in.ts";
import type { Config } from "./config.ts";
import { connectionsWithin, DescriptorWatch, openFileLimit } from "./descriptors.ts";
import { logSparingly } from "./error-log.ts";
import { DocumentRoot } from "./files/document-root.ts";
import { Files } from "./files/handler.ts";
import { classifyFailure } from "./files/system-error.ts";
import { BasicAuth } from "./http/basic-auth.ts";
import { HostPolicy } from "./http/host.ts";
import { Listeners } from "./listeners.ts";
import type { Write } from "./log-sink.ts";
import { METRICS_TYPE, renderMetrics, type MetricFamily } from "./metrics.ts";
import { Status } from "./routes/status.ts";
import { Echo } from "./routes/websocket.ts";
import { SocketCalls } from "./socket-calls.ts";
import type { Place } from "./steering.ts";
import {
  hasFilesToRenew,
  loadCredentials,
  type Credentials,
  type CredentialsResult,
} from "./tls/credentials.ts";
import { watchRequests } from "./watch-requests.ts";

/** What there is to say about a server that answers. */
export interface RunningFacts {
  /** `undefined` if it listens on a Unix socket. */
  readonly port: number | undefined;
  /** The absolute path of that. */
  readonly socketPath: string | undefined;
  /** The port that was asked for by default and was busy, if this is another. */
  readonly busyPort: number | undefined;
  /** The real path of the directory that is served. */
  readonly directory: string;
  /** The WebSockets there may be, if fewer than were asked for or than most would expect. */
  readonly scarceConnections: number | undefined;
  /** What clients are shown, where connections are encrypted. */
  readonly certificate: Pick<Credentials, "fingerprint" | "isOwn"> | undefined;
  /** Only this machine can connect. */
  readonly isOnLoopback: boolean;
}

/** A server that answers. */
export interface Running extends RunningFacts {
  readonly kind: "running";
  /**
   * Tells balancers to go elsewhere, but serves everybody for `lingerSeconds` still, each with an
   * answer that is the last of its connection. Then takes no more connections, lets requests and
   * echoes under way finish and closes WebSockets with 1001. What is left `drainSeconds` after the
   * call is cut off. Settles when nothing is left.
   */
  readonly stop: (lingerSeconds: number, leaving?: Leaving) => Promise<void>;
  /**
   * Reads the files of TLS again, or takes what was read: who connects from then on is shown what
   * they hold. `undefined` where there are none.
   */
  readonly renew: ((given?: RenewalOrder) => Renewal) | undefined;
  /** What has been counted so far. */
  readonly collect: () => readonly MetricFamily[];
}

/** How a server leaves that is one of several. */
export interface Leaving {
  /** Another one is there for those who come, so no balancer is to be told of it. */
  readonly isReplaced: boolean;
  /** Called when it takes no more connections. */
  readonly onClosed: () => void;
}

/** What a worker is to show from now on, and where its listeners stand among those of its port. */
export interface RenewalOrder {
  readonly credentials: Credentials;
  readonly place: Place;
}

/** `failed` carries one line that says why everything stays as it is. */
export type Renewal =
  /** `closed` settles when those before take no more connections. */
  | { readonly kind: "renewed"; readonly closed: Promise<void> }
  | { readonly kind: "failed"; readonly message: string };

/** What a worker has from its parent, which has reserved the port and counts what all count. */
export interface Share {
  /** What is shown to clients, by all workers alike. */
  readonly credentials: Credentials | undefined;
  /** What all workers have counted so far. */
  readonly total: () => Promise<readonly MetricFamily[]>;
}

/** What the server is given by its surroundings. */
export interface Services {
  /** Takes what went wrong, with its cause. */
  readonly logError: (error: unknown) => void;
  /** Writes the access log. */
  readonly writeLog: Write;
  /** `undefined` for a server by itself. */
  readonly share?: Share | undefined;
  /** The clock that file times are compared with, in milliseconds since 1970. */
  readonly now?: () => number;
}

/** `failed` carries one line that names the flag, its value and the fix. */
export type StartResult = Running | { readonly kind: "failed"; readonly message: string };

/** How often peers are looked at for progress. */
const SWEEP_MS = 1000;

/** What most would expect to be possible. */
const MANY_CONNECTIONS = 1000;

/** Creates everything that has a lifetime, and binds. Synchronous, as binding is in Bun. */
export function start(config: Config, surroundings: Services): StartResult {
  const logError = logSparingly(surroundings.logError, () => performance.now());
  const services = { ...surroundings, logError };
  const { share, now = Date.now } = services;
  const opened = openRoot(config, now);
  if (opened.kind === "failed") return opened;
  const { root } = opened;
  const fileLimit = openFileLimit();
  const possible = connectionsWithin(fileLimit);
  const wanted = config.maxConnections ?? MANY_CONNECTIONS;
  const loaded = share === undefined ? loadCredentials(config) : given(share.credentials);
  if (loaded.kind === "failed") return loaded;
  const { credentials } = loaded;
  const echo = createEcho(config, possible, logError);
  const files = createFiles(config, root, logError);
  const { app, hosts, status, collect, finish } = assemble(config, echo, files, services);
  const http2 = config.tls.kind !== "off" && config.tls.http2;
  // Windows has no signal for it, and lets no two sockets share a port.
  const isReplaceable = hasFilesToRenew(config.tls) && process.platform !== "win32";
  const calls = SocketCalls.open();
  const service: Service = { app, echo, credentials, http2, calls, isReplaceable };
  const bound = bindFor(config, service, share);
  if (bound.kind === "failed") return bound;
  const { servers, port } = bound;
  const listeners = new Listeners(servers, service);
  // No request is read before this function has returned.
  const isLocal = servers.every(isOnLoopback);
  // No web page comes to a Unix socket.
  if (!isLocal || config.unix !== undefined) hosts.admitOthers();
  const sweeper = setInterval(() => echo.sweep(), SWEEP_MS);
  const watch = fileLimit === undefined ? undefined : watchFiles(fileLimit, listeners, calls);
  return {
    kind: "running",
    port,
    socketPath: config.unix === undefined ? undefined : resolve(config.unix),
    busyPort: isAnotherPort(config, port) ? config.port : undefined,
    directory: root.path,
    certificate: credentials && pickFacts(credentials),
    isOnLoopback: isLocal,
    scarceConnections: possible < wanted ? possible : undefined,
    async stop(lingerSeconds, leaving) {
      if (leaving?.isReplaced !== true) status.drain();
      const lingering = Math.min(lingerSeconds, config.drainSeconds);
      if (lingering > 0) await linger(listeners, lingering);
      await drain(listeners, echo, config.drainSeconds - lingering, leaving);
      clearInterval(sweeper);
      watch?.[Symbol.dispose]();
      await finish();
    },
    renew:
      isReplaceable && port !== undefined
        ? (order) => renew(config, port, listeners, order)
        : undefined,
    collect,
  };
}

function given(credentials: Credentials | undefined): CredentialsResult {
  return { kind: "loaded", credentials };
}

/** Without the key. */
function pickFacts({ fingerprint, isOwn }: Credentials): RunningFacts["certificate"] {
  return { fingerprint, isOwn };
}

function bindFor(config: Config, service: Service, share: Share | undefined) {
  const { unix, host, port } = config;
  if (unix !== undefined) return bindSocket(unix, service);
  return share === undefined ? bindFirstFree(config, service) : bindBeside(host, port, service);
}

/** Whoever is in the middle of nothing can connect anew; without a descriptor nobody can. */
function watchFiles(limit: number, listeners: Listeners, calls: SocketCalls | undefined) {
  return new DescriptorWatch(limit, (descriptors) => {
    listeners.closeIdle();
    if (calls !== undefined) shutAbandoned(calls, descriptors);
  });
}

/** By default a busy port is left for the next free one. */
function isAnotherPort(config: Config, port: number | undefined): boolean {
  return port !== undefined && port !== config.port && config.port !== 0;
}

/** Puts together what answers, and what watches it. */
function assemble(config: Config, echo: Echo, files: Files, services: Services) {
  const { logError, writeLog, share } = services;
  const { headers, metrics, allowHosts: allowed, host: own } = config;
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
  const app = createApp({ files, echo, status, hosts, auth, headers, logError, observer });
  return { app, hosts, status, collect, finish };
}

function createEcho(config: Config, possible: number, logError: Services["logError"]): Echo {
  const { maxMessageBytes, maxConnections = possible, allowOrigins, deflate } = config;
  return new Echo({
    maxMessageBytes,
    maxConnections: Math.min(maxConnections, possible),
    allowOrigins,
    deflate,
    stallMs: config.stallSeconds * 1000,
    now: () => performance.now(),
    logError,
  });
}

function createFiles(config: Config, root: DocumentRoot, logError: Services["logError"]): Files {
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

function renew(
  config: Config,
  port: number,
  listeners: Listeners,
  order: RenewalOrder | undefined,
): Renewal {
  if (listeners.isStopping) return { kind: "failed", message: "it is stopping" };
  const { service } = listeners;
  const loaded =
    order === undefined ? loadCredentials(config, service.credentials) : given(order.credentials);
  if (loaded.kind === "failed") return loaded;
  const next = { ...service, credentials: loaded.credentials };
  const bound = bindBeside(config.host, port, next);
  if (bound.kind === "failed") return bound;
  return { kind: "renewed", closed: listeners.replace(bound.servers, next, order?.place) };
}

function openRoot({ directory, hidden }: Config, now: () => number) {
  try {
    return { kind: "opened", root: DocumentRoot.open(directory, { hidden, now }) } as const;
  } catch (error) {
    const reason = {
      missing: "there is no such directory; name one that exists",
      forbidden: "it may not be read; change its permissions or name another",
      exhausted: "the system is out of file descriptors; close some programs",
      broken: String(error),
    }[classifyFailure(error)];
    return { kind: "failed", message: `${directory}: ${reason}` } as const;
  }
}

/**
 * Without it requests are lost that are on their way to a connection just closed, or to a server
 * of which a balancer does not know yet that it is gone.
 */
async function linger(listeners: Listeners, seconds: number): Promise<void> {
  listeners.sayGoodbye();
  await Bun.sleep(seconds * 1000);
}

async function drain(
  listeners: Listeners,
  echo: Echo,
  drainSeconds: number,
  leaving: Leaving | undefined,
): Promise<void> {
  // A closing socket does not keep the process alive, so this timer does.
  const deadline = Promise.withResolvers<void>();
  const timer = setTimeout(deadline.resolve, drainSeconds * 1000);
  const stopped = listeners.stop();
  leaving?.onClosed();
  listeners.closeIdle();
  echo.drain();
  await Promise.race([stopped, deadline.promise]);
  clearTimeout(timer);
  await listeners.cutOff();
}
