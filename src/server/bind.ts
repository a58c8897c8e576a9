import { isIP } from "node:net";
import { closeAfterwards, type App } from "../app.ts";
import { isLocalhostName, isLoopbackAddress } from "../http/host.ts";
import type { EchoServer, EchoState } from "../echo/echo-socket.ts";
import type { Echo } from "../echo/echo.ts";
import type { SocketCalls } from "../system/socket-calls.ts";
import { classifyFailure, codeOf } from "../system/system-error.ts";
import type { ListeningSockets } from "./listening-sockets.ts";
import type { Credentials } from "./tls/credentials.ts";

/** The host and the port to listen on. */
export interface ListenAddress {
  /** A host name or an IP address; `localhost` means both loopback addresses. */
  readonly host: string;
  /** The port to listen on; 0 asks the system for a free one. */
  readonly port: number;
  /** The port was not given, so the next free one may be used instead. */
  readonly isDefaultPort: boolean;
}

/** The callbacks and settings that all listeners of a server have in common. */
export interface Service {
  readonly app: App;
  readonly echo: Echo;
  /** The certificate and key of TLS; `undefined` without TLS. */
  readonly credentials: Credentials | undefined;
  /** With TLS, offer HTTP/2 beside HTTP/1.1. */
  readonly http2: boolean;
  /** The system calls for sockets; `undefined` on other systems than Linux. */
  readonly calls: SocketCalls | undefined;
  /** The sockets of the listeners; `undefined` likewise. */
  readonly sockets: ListeningSockets | undefined;
  /** Other listeners may be bound to the same port, to replace these without a gap. */
  readonly isReplaceable: boolean;
}

/** No server listens; the message is one line that names the flag, its value and the fix. */
interface Failed {
  readonly kind: "failed";
  readonly message: string;
}

/** The port is in use. */
interface Busy {
  readonly kind: "busy";
}

/** Servers that listen at every address of the host. */
interface Bound<Opened> {
  readonly kind: "bound";
  readonly servers: readonly Opened[];
  readonly port: number;
}

/** The outcome of binding to a port; `failed` carries one line with the flag, its value and the fix. */
export type Binding = Bound<EchoServer> | Failed;

/** The outcome of binding to a Unix socket, which has no port. */
export type SocketBinding =
  | { readonly kind: "bound"; readonly servers: readonly EchoServer[]; readonly port: undefined }
  | Failed;

/** A listening server, whatever it serves. */
type Listener = Pick<EchoServer, "port" | "stop">;

/** Listens at one address; throws Bun's error if that fails. */
type Open<Opened> = (hostname: string, port: number) => Opened;

/** Says whether other sockets may be bound to the same port; all of them have to allow it. */
type Sharing = "alone" | "shared";

/**
 * Seconds without progress before an HTTP connection is closed, Bun's maximum. Progress is each third of a
 * socket buffer that the client has taken, so less would cut slow downloads.
 */
const CONNECTION_IDLE_SECONDS = 255;

/** We use no bodies, but read so much that a form posted by mistake gets its 405 and not a reset. */
const MAX_BODY_BYTES = 64 * 1024;

/** The number of ports to try after a busy default one. */
const PORTS_TO_TRY = 100;

const LOOPBACKS = ["127.0.0.1", "::1"] as const;

/** Listens on the given port; instead of a busy default port, on the next free one. */
export function bindFirstFree(address: ListenAddress, service: Service): Binding {
  const found = openFirstFree(address, listenTuned(service, "alone"));
  if (found.kind === "failed" || !service.isReplaceable) return found;
  // A shared port is never busy, so we find a free one without sharing and bind to it again.
  for (const server of found.servers) void server.stop(true);
  return bindBeside(address.host, found.port, service);
}

/** Occupies a port for workers: listens on it alone, and answers every request with 503. */
export function occupyFirstFree(address: ListenAddress): Bound<Listener> | Failed {
  return openFirstFree(address, (hostname, port) => {
    const fetch = () => new Response(null, { status: 503 });
    return Bun.serve({ hostname, port, fetch, development: false, reusePort: false });
  });
}

/** Listens on a port that other replaceable servers of ours may listen on too. */
export function bindBeside(host: string, port: number, service: Service): Binding {
  const bound = bind(host, port, listenTuned(service, "shared"));
  return bound.kind === "busy" ? failForBusy(port) : bound;
}

/** Listens on a Unix socket, which Bun removes when the server stops (Bun: unix-removed). */
export function bindSocket(path: string, service: Service): SocketBinding {
  const options = { ...commonOptions(service), unix: path };
  try {
    // Bun has an idleTimeout for a Unix socket, of 10 s by default, but no type (Bun:
    // unix-idle-time).
    const start = () => Bun.serve(options as Bun.Serve.Options<EchoState>);
    const server = service.sockets === undefined ? start() : service.sockets.open(start);
    return { kind: "bound", servers: [server], port: undefined };
  } catch (error) {
    const reason = SOCKET_FAILURES[codeOf(error) ?? ""] ?? String(error);
    return { kind: "failed", message: `--unix ${path}: ${reason}` };
  }
}

const NO_DIRECTORY = "there is no such directory; make it, or name another path";
const NOT_ALLOWED = "permission denied; name another path";

const SOCKET_FAILURES: Readonly<Record<string, string>> = {
  EADDRINUSE: "the path exists already; name another",
  ENOENT: NO_DIRECTORY,
  ENOTDIR: NO_DIRECTORY,
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  ENAMETOOLONG: "the path of a socket has to be shorter, about 100 bytes at most",
};

/** Tells whether only this machine can connect to a server. */
export function isOnLoopback(server: EchoServer): boolean {
  // Bun has the bound address here, in the form of node:net's `address()` (Bun: address-untyped).
  const { address } = server as EchoServer & { readonly address?: { readonly address: string } };
  return server.port === undefined || address === undefined || isLoopbackAddress(address.address);
}

/** Makes every further answer the last of its connection. */
export function sayGoodbye(server: EchoServer, service: Service): void {
  const last = { ...service, app: closeAfterwards(service.app) };
  server.reload(serveOptions(server.hostname ?? "", server.port ?? 0, last));
}

/** Opens the given port; instead of a busy default port, the next free one. */
function openFirstFree<Opened extends Listener>(
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

/** Binds the host to one port, `localhost` at both addresses (Bun: localhost-one-address). */
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
      if (isLocalhostName(host) && isNoAddress(error)) continue; // IPv4 or IPv6 is switched off
      for (const server of servers) void server.stop(true);
      return diagnose(error, host, port);
    }
  }
  return servers.length === 0
    ? diagnose(absence, host, port)
    : { kind: "bound", servers, port: chosen };
}

/** Makes the function that starts a server at an address, and tunes its sockets. */
function listenTuned(service: Service, sharing: Sharing): Open<EchoServer> {
  // Bun would share the port (Bun: port-shared): a second server would get some of the requests,
  // instead of an error that the port is in use.
  const reusePort = sharing === "shared";
  return (hostname, port) => {
    const start = () => Bun.serve({ ...serveOptions(hostname, port, service), reusePort });
    return service.sockets === undefined ? start() : service.sockets.open(start);
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
    idleTimeout: CONNECTION_IDLE_SECONDS,
    maxRequestBodySize: MAX_BODY_BYTES,
    // Bun's error page for development shows source code.
    development: false,
    ...(credentials === undefined ? {} : { tls: tlsOptions(credentials), http2 }),
  };
}

/** The TLS options; Bun speaks only TLS 1.2 and 1.3 by default (Bun: tls-versions). */
function tlsOptions({ cert, key, ca }: Credentials): Bun.TLSOptions {
  return ca === undefined
    ? { cert, key }
    : { cert, key, ca, requestCert: true, rejectUnauthorized: true };
}

function isNoAddress(error: unknown): boolean {
  return ["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(codeOf(error) ?? "");
}

/** Finds out why a port could not be bound: listens for a moment, if the host is a name. */
function diagnose(error: unknown, host: string, port: number): Failed | Busy {
  if (!listenBriefly(host)) {
    const message = `--host ${host}: this name does not resolve; give an IP address or localhost`;
    return { kind: "failed", message };
  }
  if (codeOf(error) === "EADDRINUSE") return { kind: "busy" };
  if (isNoAddress(error)) {
    const message = `--host ${host}: this machine has no such address; try 127.0.0.1, or 0.0.0.0 for all`;
    return { kind: "failed", message };
  }
  if (classifyFailure(error) === "forbidden") {
    const message = `--port ${port}: permission denied; choose a port above 1023`;
    return { kind: "failed", message };
  }
  return { kind: "failed", message: `--host ${host} --port ${port}: ${String(error)}` };
}

/**
 * Listens for a moment on any free port of a host, and tells whether that works: it fails only if the
 * name does not resolve. Bun reports an unrelated errno then, which may be "in use" (Bun:
 * unknown-host).
 */
function listenBriefly(host: string): boolean {
  if (isIP(host) !== 0 || isLocalhostName(host)) return true;
  try {
    const probe = Bun.serve({ hostname: host, port: 0, fetch: () => new Response() });
    void probe.stop(true);
    return true;
  } catch {
    return false;
  }
}
