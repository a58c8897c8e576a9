import type { Files } from "./files/handler.ts";
import { BASIC_CHALLENGE, type BasicAuth } from "./http/basic-auth.ts";
import { formatHttpDate } from "./http/date.ts";
import { fieldAdder, type Field } from "./http/field-adder.ts";
import {
  misdirectedAdvice,
  plainHostName,
  type HostPolicy,
  type HostVerdict,
} from "./http/host.ts";
import { ConnectionReader, type ConnectionOptions } from "./http/connection.ts";
import { locationOf, plainPath, type Location } from "./http/location.ts";
import { isPreflight } from "./http/methods.ts";
import { isPipelining } from "./http/pipelining.ts";
import { problemResponse } from "./http/problem-response.ts";
import { hasToken } from "./http/token.ts";
import type { AdviseOnHost } from "./observe/host-advice.ts";
import type { Observer } from "./observe/observation.ts";
import { rest } from "./routes/rest.ts";
import { HEALTH_PATH, type Monitoring } from "./routes/monitoring.ts";
import type { EchoServer } from "./echo/echo-socket.ts";
import type { Echo } from "./echo/echo.ts";
import { classifyFailure, type Failure } from "./system/system-error.ts";

/** The answer to a request; `undefined` if the connection has become a WebSocket. */
type AnswerOrUpgrade = Response | undefined | Promise<Response>;

type Route = (request: Request, server: EchoServer, search: string) => AnswerOrUpgrade;

/** The path of the WebSocket echo. */
const ECHO_PATH = "/websocket";

/** The directory of our own addresses. */
const OWN_DIRECTORY = "/.meerkat/";

const NO_ECHO_ADVICE = `There is no WebSocket at this address. Connect to ${ECHO_PATH} instead.`;

/** The handlers and policies that an `App` is made from. */
export interface AppOptions {
  readonly files: Files;
  readonly echo: Echo;
  readonly monitoring: Monitoring;
  /** Decides which Host fields are accepted. */
  readonly hosts: HostPolicy;
  /** Takes the host names that are refused. */
  readonly adviseOnHost: AdviseOnHost;
  /** The login for everything but the health and preflights; `undefined` for none. */
  readonly auth: BasicAuth | undefined;
  /** Scripts of other origins may read the answers, so their preflights need no login. */
  readonly cors: boolean;
  /** Header fields for every answer; they replace ours, except Vary. */
  readonly headers: readonly Field[];
  /** Logs an error with its cause; the client gets only the status. */
  readonly logError: (error: unknown) => void;
  /** Observes every request and its answer; `undefined` costs nothing. */
  readonly observer: Observer | undefined;
  /** Tells when descriptors are scarce, so that no connection may stay; `undefined` for never. */
  readonly descriptors: Scarcity | undefined;
}

/** Tells when something is scarce. */
export interface Scarcity {
  readonly isScarce: boolean;
}

/** The two callbacks of `Bun.serve`. */
export interface App {
  readonly fetch: (request: Request, server: EchoServer) => AnswerOrUpgrade;
  readonly error: (error: unknown) => Response;
}

/** Makes the callbacks of `Bun.serve`: a table of our own routes, and files for all other paths. */
export function createApp(options: AppOptions): App {
  const { files, hosts, adviseOnHost, logError, observer } = options;
  const routes = routesOf(options);
  const admits = gateOf(options);
  const connections = new ConnectionReader();
  const finish = finisherOf(options, connections);

  const answer = (
    request: Request,
    server: EchoServer,
    { upgrades }: ConnectionOptions,
  ): AnswerOrUpgrade => {
    const verdict = hosts.check(request.headers.get("host") ?? undefined);
    if (verdict !== "ok") return refuseHost(request, verdict, adviseOnHost);
    const location = locationOf(request.url);
    const path = plainPath(location.path);
    if (!admits(request, path)) return problemResponse(request, 401, BASIC_CHALLENGE);
    if (upgrades && path !== ECHO_PATH && isHandshake(request)) {
      return problemResponse(request, 404, {}, NO_ECHO_ADVICE);
    }
    const route = routes.get(path);
    // A path that is plain as it came has no slash at its end.
    const isFiles =
      route === undefined || (path !== location.path && isDirectory(files, request, location));
    return isFiles ? files.handle(request, location) : route(request, server, location.search);
  };

  const recover = (request: Request, error: unknown): Response => {
    const code = STATUS_OF_FAILURE[classifyFailure(error)];
    if (code >= 500) logError(error);
    return finish(request, problemResponse(request, code, code === 503 ? RETRY_SOON : {}));
  };

  const respond = (request: Request, server: EchoServer): AnswerOrUpgrade => {
    try {
      const connection = connections.read(request.headers.get("connection") ?? undefined);
      const response = answer(request, server, connection);
      if (!(response instanceof Promise)) return response && finish(request, response, connection);
      return response.then(
        (settled) => finish(request, settled, connection),
        (error: unknown) => recover(request, error),
      );
    } catch (error) {
      return recover(request, error);
    }
  };

  return {
    fetch: observer === undefined ? respond : observe(respond, observer),
    // Bun calls this, without the request, if it cannot open a file (Bun: error-in-turn).
    error(error) {
      const response = recover(new Request("http://localhost/"), error);
      observer?.correctLast(response);
      return response;
    },
  };
}

/** Makes the table of our own routes. */
function routesOf({ echo, monitoring }: AppOptions): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    ["/rest", rest],
    [ECHO_PATH, (request, server, search) => echo.upgrade(request, server, search)],
    ...monitoring.routes,
  ]);
}

/**
 * Tells whether the root has a directory at the address of a route, with a slash at its end: its listing
 * leads there. A handshake means the echo all the same, and what is below `/.meerkat/` is never the root's.
 */
function isDirectory(files: Files, request: Request, { path }: Location): boolean {
  if (!path.endsWith("/") || isHandshake(request)) return false;
  return !plainPath(path).startsWith(OWN_DIRECTORY) && files.hasDirectory(path);
}

/** Refuses a Host field: RFC 9112 §3.2 and RFC 9110 §15.5.20. */
function refuseHost(
  request: Request,
  verdict: Exclude<HostVerdict, "ok">,
  adviseOnHost: AdviseOnHost,
): Response {
  if (verdict === "malformed") return problemResponse(request, 400);
  const name = plainHostName(request.headers.get("host") ?? "");
  adviseOnHost(name);
  return problemResponse(request, 421, {}, misdirectedAdvice(name));
}

/** Makes the check of the login; the health and, with --cors, preflights need none. */
function gateOf({ auth, cors }: AppOptions): (request: Request, path: string) => boolean {
  if (auth === undefined) return () => true;
  return (request, path) =>
    path === HEALTH_PATH ||
    (cors && isPreflight(request)) ||
    auth.accepts(request.headers.get("authorization"));
}

type Finish = (request: Request, response: Response, connection?: ConnectionOptions) => Response;

/**
 * Makes the function that completes an answer; every answer passes there once. To read
 * `response.headers` costs a tenth of an answer, so it is done only to change them.
 */
function finisherOf({ headers, descriptors }: AppOptions, connections: ConnectionReader): Finish {
  const addFields = headers.length === 0 ? undefined : fieldAdder(headers);
  return (
    request,
    response,
    connection = connections.read(request.headers.get("connection") ?? undefined),
  ) => {
    // Bun omits Date in answers to HEAD (Bun: head-no-date), against RFC 9110 §6.6.1.
    if (request.method === "HEAD") response.headers.set("Date", formatHttpDate(Date.now()));
    if (descriptors?.isScarce === true || isLast(request, response, connection)) {
      response.headers.set("Connection", "close");
    }
    addFields?.(response.headers);
    return response;
  };
}

/** Wraps `fetch` so that an observer sees every request and its answer. */
function observe(respond: App["fetch"], observer: Observer): App["fetch"] {
  return (request, server) => {
    const asked = observer.begin(request, server);
    const response = respond(request, server);
    if (!(response instanceof Promise)) {
      observer.end(asked, response);
      return response;
    }
    return response.then((settled) => {
      observer.end(asked, settled);
      return settled;
    });
  };
}

/**
 * Wraps an app so that every answer is the last of its connection (Bun: close-heeded); HTTP/2 has
 * no such field (Bun: close-over-http2).
 */
export function closeAfterwards(app: App): App {
  const close = (response: Response) => {
    response.headers.set("Connection", "close");
    return response;
  };
  return {
    fetch(request, server) {
      const answer = app.fetch(request, server);
      return answer instanceof Promise ? answer.then(close) : answer && close(answer);
    },
    error: (error) => close(app.error(error)),
  };
}

/**
 * Tells whether an answer is the last of its connection. An answer with a file in it says so by
 * itself. Bun closes a connection when the client asks for it, but does not say so (Bun:
 * close-unsaid), as RFC 9112 §9.6 wants.
 */
function isLast(
  { headers }: Request,
  { status }: Response,
  { closes }: ConnectionOptions,
): boolean {
  if (closes) return true;
  const hasNoFile = status >= 300 && status !== 304;
  return hasNoFile && isPipelining(headers.get("user-agent") ?? undefined);
}

/** Tells whether a request asks for a WebSocket, well-formed or not. */
function isHandshake({ method, headers }: Request): boolean {
  return method === "GET" && hasToken(headers.get("upgrade"), "websocket");
}

/** The status for each kind of failure. */
const STATUS_OF_FAILURE = {
  missing: 404,
  forbidden: 403,
  exhausted: 503,
  broken: 500,
} as const satisfies Record<Failure, number>;

/** A machine that is out of descriptors soon has free ones again, also by the end of this connection. */
const RETRY_SOON = { "Retry-After": "1", Connection: "close" };
