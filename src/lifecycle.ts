import type { Server } from "bun";
import { isIP } from "node:net";
import { createApp, type App } from "./app.ts";
import { FALLBACK_ASSETS, RESERVED_ASSETS } from "./built-in.ts";
import type { Config } from "./config.ts";
import { connectionsWithin, openFileLimit, watchDescriptors } from "./descriptors.ts";
import { DocumentRoot } from "./files/document-root.ts";
import { Files } from "./files/handler.ts";
import { classifyFailure, codeOf } from "./files/system-error.ts";
import { HostPolicy, isLocalhostName, isLoopbackAddress } from "./http/host.ts";
import { tuneListeners } from "./listeners.ts";
import { Echo, type EchoState } from "./routes/websocket.ts";
import { loadCredentials, type Credentials } from "./tls/credentials.ts";

/** A server that answers. */
export interface Running {
  readonly kind: "running";
  readonly port: number;
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
  /**
   * Takes no more connections, lets requests and echoes under way finish, closes WebSockets with
   * 1001, and cuts off what is left after `drainSeconds`. Settles when nothing is left.
   */
  readonly stop: () => Promise<void>;
}

/** What the server is given by its surroundings. */
export interface Services {
  /** Takes what went wrong, with its cause. */
  readonly logError: (error: unknown) => void;
  /** The clock that file times are compared with, in milliseconds since 1970. */
  readonly now?: () => number;
}

/** `failed` carries one line that names the flag, its value and the fix. */
export type StartResult = Running | { readonly kind: "failed"; readonly message: string };

type EchoServer = Server<EchoState>;

/** What is served at every address. */
interface Service {
  readonly app: App;
  readonly echo: Echo;
  /** `undefined` for connections in the clear. */
  readonly credentials: Credentials | undefined;
  /** Beside HTTP/1.1, where connections are encrypted. */
  readonly http2: boolean;
}

type Bound =
  | { readonly kind: "bound"; readonly servers: readonly EchoServer[]; readonly port: number }
  | { readonly kind: "busy" }
  | { readonly kind: "failed"; readonly message: string };

/** How often peers are looked at for progress. */
const SWEEP_MS = 1000;

/** What most would expect to be possible. */
const MANY_CONNECTIONS = 1000;

/** The longest that Bun offers. A shorter one cuts a slow download: it counts from one third of a socket buffer to the next. */
const IDLE_SECONDS = 255;

/** We take no bodies; this much is read so that a form posted by mistake gets its 405 and not a reset. */
const MAX_BODY_BYTES = 64 * 1024;

/** How many ports after a busy default one are tried. */
const PORTS_TO_TRY = 100;

const LOOPBACKS = ["127.0.0.1", "::1"] as const;

/** Creates everything that has a lifetime, and binds. Synchronous, as binding is in Bun. */
export function start(config: Config, { logError, now = Date.now }: Services): StartResult {
  const opened = openRoot(config, now);
  if (opened.kind === "failed") return opened;
  const { root } = opened;
  const fileLimit = openFileLimit();
  const possible = connectionsWithin(fileLimit);
  const wanted = config.maxConnections ?? MANY_CONNECTIONS;
  const { maxMessageBytes, allowOrigins, deflate } = config;
  const loaded = loadCredentials(config);
  if (loaded.kind === "failed") return loaded;
  const credentials = loaded.kind === "loaded" ? loaded.credentials : undefined;
  const echo = new Echo({
    maxMessageBytes,
    maxConnections: Math.min(config.maxConnections ?? possible, possible),
    allowOrigins,
    deflate,
    stallMs: config.stallSeconds * 1000,
    now: () => performance.now(),
    logError,
  });
  const { index, cacheBytes, maxAgeSeconds, spa } = config;
  const files = new Files({
    root,
    index,
    cacheBytes,
    maxAgeSeconds,
    spa,
    reserved: RESERVED_ASSETS,
    fallbacks: FALLBACK_ASSETS,
    logError,
  });
  const hosts = new HostPolicy({ allowed: config.allowHosts, own: config.host });
  const app = createApp({ files, echo, hosts, headers: config.headers, logError });
  const http2 = config.tls.kind !== "off" && config.tls.http2;
  const bound = bindFirstFree(config, { app, echo, credentials, http2 });
  if (bound.kind !== "bound") return bound;
  const { servers, port } = bound;
  tuneListeners();
  // No request is read before this function has returned.
  const isLocal = servers.every(isOnLoopback);
  if (!isLocal) hosts.admitOthers();
  const sweeper = setInterval(() => echo.sweep(), SWEEP_MS);
  const endWatch =
    fileLimit === undefined ? undefined : watchDescriptors(fileLimit, () => closeIdle(servers));
  return {
    kind: "running",
    port,
    busyPort: port === config.port || config.port === 0 ? undefined : config.port,
    directory: root.path,
    certificate: credentials,
    isOnLoopback: isLocal,
    scarceConnections: possible < wanted ? possible : undefined,
    stop: () =>
      drain(servers, echo, config.drainSeconds).finally(() => {
        clearInterval(sweeper);
        endWatch?.();
      }),
  };
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

function bindFirstFree(config: Config, service: Service): Exclude<Bound, { kind: "busy" }> {
  const last = config.isDefaultPort ? config.port + PORTS_TO_TRY : config.port;
  for (let port = config.port; port <= last; port++) {
    const bound = bind(config.host, port, service);
    if (bound.kind !== "busy") return bound;
  }
  const message = config.isDefaultPort
    ? `ports ${config.port} to ${last} are all in use; name a free one with --port`
    : `--port ${config.port}: it is in use; choose another, or 0 for any free one`;
  return { kind: "failed", message };
}

/** Binds the host's addresses to one port. A `localhost` is both loopback addresses, where there are both. */
function bind(host: string, port: number, service: Service): Bound {
  const servers: EchoServer[] = [];
  let chosen = port;
  for (const hostname of isLocalhostName(host) ? LOOPBACKS : [host]) {
    try {
      const server = serve(hostname, chosen, service);
      chosen = server.port ?? chosen;
      servers.push(server);
    } catch (error) {
      const isAbsent = hostname === "::1" && servers.length > 0 && isNoAddress(error);
      if (isAbsent) continue; // IPv6 is switched off; 127.0.0.1 alone is localhost then
      for (const server of servers) void server.stop(true);
      return bindFailure(error, host, port);
    }
  }
  return { kind: "bound", servers, port: chosen };
}

function serve(hostname: string, port: number, service: Service): EchoServer {
  const { app, echo, credentials, http2 } = service;
  return Bun.serve<EchoState>({
    hostname,
    port,
    fetch: app.fetch,
    error: app.error,
    websocket: echo.handler,
    idleTimeout: IDLE_SECONDS,
    maxRequestBodySize: MAX_BODY_BYTES,
    // Its error page shows source code.
    development: false,
    // With `development: false` it is on by default (Bun 1.4.5): two servers would share the port
    // and each get some of the requests, instead of the second being told that it is in use.
    reusePort: false,
    ...(credentials === undefined ? {} : { tls: tlsOptions(credentials), http2 }),
  });
}

/** Bun 1.4.5 takes TLS 1.2 and 1.3, and no older one, by itself. */
function tlsOptions({ cert, key, ca }: Credentials): Bun.TLSOptions {
  return ca === undefined
    ? { cert, key }
    : { cert, key, ca, requestCert: true, rejectUnauthorized: true };
}

function isOnLoopback(server: EchoServer): boolean {
  // Bun 1.4.5 has the bound address here, as node:net's `address()` gives it, but not in its types.
  const { address } = server as EchoServer & { readonly address?: { readonly address: string } };
  return address === undefined || isLoopbackAddress(address.address);
}

function isNoAddress(error: unknown): boolean {
  return ["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(codeOf(error) ?? "");
}

function bindFailure(error: unknown, host: string, port: number): Bound {
  if (isUnknownName(host)) {
    const message = `--host ${host}: no address is known by this name; give an IP address or localhost`;
    return { kind: "failed", message };
  }
  if (codeOf(error) === "EADDRINUSE") return { kind: "busy" };
  if (isNoAddress(error)) {
    const message = `--host ${host}: this machine has no such address; try 127.0.0.1, or 0.0.0.0 for all`;
    return { kind: "failed", message };
  }
  if (classifyFailure(error) === "forbidden") {
    const message = `--port ${port}: the system does not allow it; choose one above 1023`;
    return { kind: "failed", message };
  }
  return { kind: "failed", message: `--host ${host} --port ${port}: ${String(error)}` };
}

/**
 * Of a name that cannot be resolved Bun 1.4.5 says whatever errno was the last, "in use" among them.
 * No other name fails on every free port.
 */
function isUnknownName(host: string): boolean {
  if (isIP(host) !== 0 || isLocalhostName(host)) return false;
  try {
    const probe = Bun.serve({ hostname: host, port: 0, fetch: () => new Response() });
    void probe.stop(true);
    return false;
  } catch {
    return true;
  }
}

/** Whoever is in the middle of nothing can connect anew; without a descriptor nobody can. */
function closeIdle(servers: readonly EchoServer[]): void {
  for (const server of servers) server.closeIdleConnections();
}

async function drain(
  servers: readonly EchoServer[],
  echo: Echo,
  drainSeconds: number,
): Promise<void> {
  // A closing socket does not keep the process alive, so this timer does.
  const deadline = Promise.withResolvers<void>();
  const timer = setTimeout(deadline.resolve, drainSeconds * 1000);
  const stopped = Promise.all(servers.map((server) => server.stop()));
  closeIdle(servers);
  echo.drain();
  await Promise.race([stopped, deadline.promise]);
  clearTimeout(timer);
  await Promise.all(servers.map((server) => server.stop(true)));
}
