import type { Server } from "bun";
import { isIP } from "node:net";
import { closeAfterwards, type App } from "../app.ts";
import { isLocalhostName, isLoopbackAddress } from "../http/host.ts";
import type { EchoState } from "../echo/echo-socket.ts";
import type { Echo } from "../echo/echo.ts";
import type { SocketCalls } from "../system/socket-calls.ts";
import { tuneListeners } from "../system/socket-options.ts";
import { classifyFailure, codeOf } from "../system/system-error.ts";
import type { Credentials } from "./tls/credentials.ts";

/** A listening server of Bun, with the state that each WebSocket has. */
export type EchoServer = Server<EchoState>;

/** Where a server is to listen. */
export interface ListenAddress {
  /** A host name or an IP address; `localhost` means both loopback addresses. */
  readonly host: string;
  /** 0 asks the system for a free port. */
  readonly port: number;
  /** Nobody asked for this port, so a busy one is left for the next free one. */
  readonly isDefaultPort: boolean;
}

/** What is served at every address. */
export interface Service {
  readonly app: App;
  readonly echo: Echo;
  /** `undefined` for connections in the clear. */
  readonly credentials: Credentials | undefined;
  /** Beside HTTP/1.1, where connections are encrypted. */
  readonly http2: boolean;
  /** `undefined` where the system is not Linux. */
  readonly calls: SocketCalls | undefined;
  /** Others may be bound to the same port, to take its place without a gap. */
  readonly isReplaceable: boolean;
}

/** One line that names the flag, its value and the fix. */
interface Failed {
  readonly kind: "failed";
  readonly message: string;
}

interface Busy {
  readonly kind: "busy";
}

/** Listening at every address of the host. */
interface Bound<Opened> {
  readonly kind: "bound";
  readonly servers: readonly Opened[];
  readonly port: number;
}

/** `failed` carries one line that names the flag, its value and the fix. */
export type Binding = Bound<EchoServer> | Failed;

/** The same of a Unix socket, which has no port. */
export type SocketBinding =
  | { readonly kind: "bound"; readonly servers: readonly EchoServer[]; readonly port: undefined }
  | Failed;

/** What listens, whatever it serves. */
type Listener = Pick<EchoServer, "port" | "stop">;

/** Listens at one address; throws what Bun does if it cannot. */
type Open<Opened> = (hostname: string, port: number) => Opened;

/** Whether a port may be bound that another socket is bound to, if that one says so too. */
type Sharing = "alone" | "shared";

/** The longest that Bun offers. A shorter one cuts a slow download: it counts from one third of a socket buffer to the next. */
const IDLE_SECONDS = 255;

/** We take no bodies; this much is read so that a form posted by mistake gets its 405 and not a reset. */
const MAX_BODY_BYTES = 64 * 1024;

/** How many ports after a busy default one are tried. */
const PORTS_TO_TRY = 100;

const LOOPBACKS = ["127.0.0.1", "::1"] as const;

/** Binds to the port that was asked for, or to the next free one if nobody asked for it. */
export function bindFirstFree(address: ListenAddress, service: Service): Binding {
  const found = findFree(address, openWith(service, "alone"));
  if (found.kind === "failed" || !service.isReplaceable) return found;
  // What may be shared is never busy, so a free port is found without sharing, and then bound to.
  for (const server of found.servers) void server.stop(true);
  return bindBeside(address.host, found.port, service);
}

/** Listens alone at the port that others are to be bound to, and serves nothing. */
export function occupyFirstFree(address: ListenAddress): Bound<Listener> | Failed {
  return findFree(address, (hostname, port) => {
    const fetch = () => new Response(null, { status: 503 });
    return Bun.serve({ hostname, port, fetch, development: false, reusePort: false });
  });
}

/** Binds to a port that replaceable servers of ours may be bound to. */
export function bindBeside(host: string, port: number, service: Service): Binding {
  const bound = bind(host, port, openWith(service, "shared"));
  return bound.kind === "busy" ? failForBusy(port) : bound;
}

/** Listens on a Unix socket; Bun 1.4.5 removes it when the server stops. */
export function bindSocket(path: string, service: Service): SocketBinding {
  const options = { ...commonOptions(service), unix: path };
  try {
    // Bun's types know no idle time of a Unix socket; Bun 1.4.5 has one, of 10 seconds if not told.
    const server = Bun.serve(options as Bun.Serve.Options<EchoState>);
    return { kind: "bound", servers: [server], port: undefined };
  } catch (error) {
    const reason = SOCKET_FAILURES[codeOf(error) ?? ""] ?? String(error);
    return { kind: "failed", message: `--unix ${path}: ${reason}` };
  }
}

const NO_DIRECTORY = "there is no such directory; make it, or name another path";
const NOT_ALLOWED = "the system does not allow it there; name another path";

const SOCKET_FAILURES: Readonly<Record<string, string>> = {
  EADDRINUSE: "there is something by this name; name another path",
  ENOENT: NO_DIRECTORY,
  ENOTDIR: NO_DIRECTORY,
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  ENAMETOOLONG: "the path of a socket has to be shorter, about 100 bytes at most",
};

/** Whether only this machine can connect to it. */
export function isOnLoopback(server: EchoServer): boolean {
  // Bun 1.4.5 has the bound address here, as node:net's `address()` gives it, but not in its types.
  const { address } = server as EchoServer & { readonly address?: { readonly address: string } };
  return server.port === undefined || address === undefined || isLoopbackAddress(address.address);
}

/** Lets every answer from now on be the last of its connection. */
export function sayGoodbye(server: EchoServer, service: Service): void {
  const last = { ...service, app: closeAfterwards(service.app) };
  server.reload(serveOptions(server.hostname ?? "", server.port ?? 0, last));
}

/** Opens the port that was asked for, or the next free one if nobody asked for it. */
function findFree<Opened extends Listener>(
  { host, port: first, isDefaultPort }: ListenAddress,
  open: Open<Opened>,
): Bound<Opened> | Failed {
  const last = isDefaultPort ? first + PORTS_TO_TRY : first;
  for (let port = first; port <= last; port++) {
    const bound = bind(host, port, open);
    if (bound.kind !== "busy") return bound;
  }
  if (!isDefaultPort) return failForBusy(first);
  const message = `ports ${first} to ${last} are all in use; name a free one with --port`;
  return { kind: "failed", message };
}

function failForBusy(port: number): Failed {
  const message = `--port ${port}: it is in use; choose another, or 0 for any free one`;
  return { kind: "failed", message };
}

/**
 * Binds the host's addresses to one port. A `localhost` is both loopback addresses, or the one that
 * there is.
 */
function bind<Opened extends Listener>(
  host: string,
  port: number,
  open: Open<Opened>,
): Bound<Opened> | Failed | Busy {
  const servers: Opened[] = [];
  let chosen = port;
  let absence: unknown;
  for (const hostname of isLocalhostName(host) ? LOOPBACKS : [host]) {
    try {
      const server = open(hostname, chosen);
      chosen = server.port ?? chosen;
      servers.push(server);
    } catch (error) {
      absence = error;
      if (isLocalhostName(host) && isNoAddress(error)) continue; // one of them is switched off
      for (const server of servers) void server.stop(true);
      return bindFailure(error, host, port);
    }
  }
  return servers.length === 0
    ? bindFailure(absence, host, port)
    : { kind: "bound", servers, port: chosen };
}

function openWith(service: Service, sharing: Sharing): Open<EchoServer> {
  // With `development: false` it is on by default (Bun 1.4.5): two servers would share the port
  // and each get some of the requests, instead of the second being told that it is in use.
  const reusePort = sharing === "shared";
  return (hostname, port) => {
    const server = Bun.serve({ ...serveOptions(hostname, port, service), reusePort });
    if (service.calls !== undefined) tuneListeners(service.calls, isLoopbackAddress);
    return server;
  };
}

function serveOptions(hostname: string, port: number, service: Service) {
  return { hostname, port, ...commonOptions(service) };
}

function commonOptions({ app, echo, credentials, http2 }: Service) {
  return {
    fetch: app.fetch,
    error: app.error,
    websocket: echo.handler,
    idleTimeout: IDLE_SECONDS,
    maxRequestBodySize: MAX_BODY_BYTES,
    // Its error page shows source code.
    development: false,
    ...(credentials === undefined ? {} : { tls: tlsOptions(credentials), http2 }),
  };
}

/** Bun 1.4.5 takes TLS 1.2 and 1.3, and no older one, by itself. */
function tlsOptions({ cert, key, ca }: Credentials): Bun.TLSOptions {
  return ca === undefined
    ? { cert, key }
    : { cert, key, ca, requestCert: true, rejectUnauthorized: true };
}

function isNoAddress(error: unknown): boolean {
  return ["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(codeOf(error) ?? "");
}

function bindFailure(error: unknown, host: string, port: number): Failed | Busy {
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
