import type { Server } from "bun";
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
import { locationOf } from "./http/location.ts";
import { isPreflight } from "./http/methods.ts";
import { problemResponse } from "./http/problem-response.ts";
import { hasToken } from "./http/token.ts";
import type { AdviseOnHost } from "./observe/host-advice.ts";
import type { Observer } from "./observe/observation.ts";
import { rest } from "./routes/rest.ts";
import { HEALTH_PATH, type Status } from "./routes/status.ts";
import type { EchoState } from "./echo/echo-socket.ts";
import type { Echo } from "./echo/echo.ts";
import { classifyFailure, type Failure } from "./system/system-error.ts";

type EchoServer = Server<EchoState>;

/** `undefined` once the connection has become a WebSocket. */
type Answer = Response | undefined | Promise<Response>;

type Route = (request: Request, server: EchoServer, search: string) => Answer;

/** What the routes are made from. */
export interface AppOptions {
  readonly files: Files;
  readonly echo: Echo;
  readonly status: Status;
  /** Which Host fields are answered. */
  readonly hosts: HostPolicy;
  /** Takes the names that are not. */
  readonly adviseOnHost: AdviseOnHost;
  /** Whom everything but the health and preflights is answered to; `undefined` for everybody. */
  readonly auth: BasicAuth | undefined;
  /** Scripts of other origins may read what is served, so their preflights are answered. */
  readonly cors: boolean;
  /** Header fields that every answer gets, in place of ours but for Vary. */
  readonly headers: readonly Field[];
  /** Takes what went wrong, with its cause; the client is told only the status. */
  readonly logError: (error: unknown) => void;
  /** Sees every request and its answer; `undefined` where nobody watches, which costs nothing. */
  readonly observer: Observer | undefined;
}

/** The two callbacks of `Bun.serve`. */
export interface App {
  readonly fetch: (request: Request, server: EchoServer) => Answer;
  readonly error: (error: unknown) => Response;
}

/** Puts the routes together: a table for ours, the files for everything else. */
export function createApp(options: AppOptions): App {
  const { files, echo, status, hosts, adviseOnHost, headers, logError, observer } = options;
  const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
    ["/rest", rest],
    ["/websocket", (request, server, search) => echo.upgrade(request, server, search)],
    ...status.routes,
  ]);

  const addFields = fieldAdder(headers);
  const admits = gateOf(options);

  const answer = (request: Request, server: EchoServer): Answer => {
    const verdict = hosts.check(request.headers.get("host"));
    if (verdict !== "ok") return refuseHost(request, verdict, adviseOnHost);
    const location = locationOf(request.url);
    if (!admits(request, location.path)) return problemResponse(request, 401, BASIC_CHALLENGE);
    const route = routes.get(location.path);
    return route === undefined
      ? files.handle(request, location)
      : route(request, server, location.search);
  };

  /** Every answer passes here, once. */
  const finish = (request: Request, response: Response): Response => {
    // Bun 1.4.5 leaves Date out of answers to HEAD (RFC 9110 §6.6.1).
    if (request.method === "HEAD") response.headers.set("Date", formatHttpDate(Date.now()));
    if (asksToClose(request)) response.headers.set("Connection", "close");
    addFields(response.headers);
    return response;
  };

  const recover = (request: Request, error: unknown): Response => {
    const code = STATUS_OF_FAILURE[classifyFailure(error)];
    if (code >= 500) logError(error);
    return finish(request, problemResponse(request, code, code === 503 ? RETRY_SOON : {}));
  };

  const respond = (request: Request, server: EchoServer): Answer => {
    try {
      const response = answer(request, server);
      if (!(response instanceof Promise)) return response && finish(request, response);
      return response.then(
        (settled) => finish(request, settled),
        (error: unknown) => recover(request, error),
      );
    } catch (error) {
      return recover(request, error);
    }
  };

  return {
    fetch: observer === undefined ? respond : observe(respond, observer),
    // Bun comes here, without the request, when a file cannot be opened after we have answered.
    error(error) {
      const response = recover(new Request("http://localhost/"), error);
      observer?.correctLast(response);
      return response;
    },
  };
}

/** RFC 9112 §3.2 and RFC 9110 §15.5.20. */
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

/** Who is answered: without a password everybody who asks for the health, and preflights of --cors. */
function gateOf({ auth, cors }: AppOptions): (request: Request, path: string) => boolean {
  if (auth === undefined) return () => true;
  return (request, path) =>
    path === HEALTH_PATH ||
    (cors && isPreflight(request)) ||
    auth.accepts(request.headers.get("authorization"));
}

/** The one point where requests and their answers are seen. */
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

/** The same, with every answer the last of its connection; HTTP/2 has no such field and loses it. */
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

/** Bun 1.4.5 closes the connection then, but does not say so (RFC 9112 §9.6). */
function asksToClose({ headers }: Request): boolean {
  return hasToken(headers.get("connection"), "close");
}

/** The one place where errors become statuses. */
const STATUS_OF_FAILURE = {
  missing: 404,
  forbidden: 403,
  exhausted: 503,
  broken: 500,
} as const satisfies Record<Failure, number>;

/** A machine out of descriptors has them again in a moment. */
const RETRY_SOON = { "Retry-After": "1" };
