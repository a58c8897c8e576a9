import { isIP } from "node:net";
import type { Server } from "bun";

/** The facts of a request that are known before it is answered. */
export interface Asked {
  /** The time of its arrival, in milliseconds since 1970. */
  readonly timeMs: number;
  /** The same time on the monotonic clock, for the duration. */
  readonly startMs: number;
  /** The client's IP address, or `unix` for a client at a Unix socket. */
  readonly address: string;
  readonly method: string;
  /** Path and query as Bun gives them: normalised, if Host is valid (Bun: target-normalised). */
  readonly target: string;
  readonly referrer: string | undefined;
  readonly agent: string | undefined;
}

/** A request with the outcome of its answer. */
export interface Observation extends Asked {
  /** The status on the wire; 101 if the connection has become a WebSocket. */
  readonly status: number;
  /** The length of the answer's body, even if the client did not read all of it. */
  readonly bytes: number;
  /** The time from the request to the answer, without the time that Bun takes to send it. */
  readonly seconds: number;
}

/** Takes the observations of one turn of the event loop, in order. */
export type Watch = (observations: readonly Observation[]) => void;

/** The watchers of an `Observer`, and whether a proxy is trusted. */
export interface ObserverOptions {
  readonly watchers: readonly Watch[];
  /** The server is behind a proxy that sends the client's address in X-Forwarded-For. */
  readonly trustsProxy: boolean;
}

/** The status that is observed for an upgraded connection. */
const SWITCHING_PROTOCOLS = 101;

/**
 * Observes every request and its answer, and tells the watchers once per turn of the event loop. So one
 * write takes all lines of a turn, and an answer that Bun could not send can still be corrected.
 */
export class Observer {
  readonly #watchers: readonly Watch[];
  readonly #trustsProxy: boolean;
  #turn: Observation[] = [];

  constructor({ watchers, trustsProxy }: ObserverOptions) {
    this.#watchers = watchers;
    this.#trustsProxy = trustsProxy;
  }

  /** Begins to observe a request. To be called before an upgrade (Bun: upgraded-no-address). */
  begin(request: Request, server: Pick<Server<unknown>, "requestIP">): Asked {
    const { method, url, headers } = request;
    const forwarded = this.#trustsProxy
      ? parseForwardedFor(headers.get("x-forwarded-for"))
      : undefined;
    return {
      timeMs: Date.now(),
      startMs: performance.now(),
      address: forwarded ?? plainAddress(server.requestIP(request)?.address),
      method,
      target: targetOf(url),
      referrer: headers.get("referer") ?? undefined,
      agent: headers.get("user-agent") ?? undefined,
    };
  }

  /**
   * Completes the observation of a request.
   *
   * @param response `undefined` if the connection has become a WebSocket
   */
  end(asked: Asked, response: Response | undefined): void {
    const { status, bytes } = outcomeOf(asked.method, response);
    const seconds = (performance.now() - asked.startMs) / 1000;
    if (this.#turn.push({ ...asked, status, bytes, seconds }) === 1) setImmediate(this.#tell);
  }

  /**
   * Replaces the answer of the last observation. If Bun cannot open the file of an answer, it asks
   * for another one, in the same turn and before anything else (Bun: error-in-turn).
   */
  correctLast(response: Response): void {
    const last = this.#turn.pop();
    if (last !== undefined) this.#turn.push({ ...last, ...outcomeOf(last.method, response) });
  }

  /** Tells the watchers at once, as no turn may follow. */
  flush(): void {
    this.#tell();
  }

  readonly #tell = (): void => {
    const observations = this.#turn;
    this.#turn = [];
    if (observations.length > 0) for (const watch of this.#watchers) watch(observations);
  };
}

function outcomeOf(
  method: string,
  response: Response | undefined,
): Pick<Observation, "status" | "bytes"> {
  if (response === undefined) return { status: SWITCHING_PROTOCOLS, bytes: 0 };
  const { status, headers } = response;
  return { status, bytes: method === "HEAD" ? 0 : Number(headers.get("content-length") ?? 0) };
}

/** Strips scheme and authority, which a URL without a valid Host lacks (Bun: target-raw). */
function targetOf(url: string): string {
  return url.replace(/^https?:\/\/[^/?#]*/i, "");
}

/**
 * Parses the client's address from X-Forwarded-For: the last one, which the proxy next to us has added.
 * The others may be made up by the client.
 *
 * @returns `undefined` if there is none, or no IP address (some proxies send `unknown`)
 * @example parseForwardedFor("10.0.0.1, 192.0.2.7") // "192.0.2.7"
 */
export function parseForwardedFor(field: string | null): string | undefined {
  const last = field?.split(",").at(-1)?.trim() ?? "";
  // Some proxies add the port, and brackets to tell it from an IPv6 address.
  const address = /^\[([^\]]*)\](?::\d+)?$/.exec(last)?.[1] ?? last.replace(/^([\d.]+):\d+$/, "$1");
  return isIP(address) === 0 ? undefined : plainAddress(address);
}

/** Unmaps the address of an IPv4 client at an IPv6 socket, such as one bound to `::`. */
function plainAddress(address = "unix"): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/i, "");
}
