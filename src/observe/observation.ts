import { isIP } from "node:net";
import type { Server } from "bun";

/** What is known of a request before it is answered. */
export interface Asked {
  /** When it came, in milliseconds since 1970. */
  readonly timeMs: number;
  /** The same on the clock that durations are measured by. */
  readonly startMs: number;
  /** The client's IP address, or `unix` for one at a Unix socket. */
  readonly address: string;
  readonly method: string;
  /** Path and query as Bun gives them: with a good Host field, dot segments are gone from it. */
  readonly target: string;
  readonly referrer: string | undefined;
  readonly agent: string | undefined;
}

/** A request and its answer. */
export interface Observation extends Asked {
  /** As it goes over the wire; 101 once the connection is a WebSocket. */
  readonly status: number;
  /** Length of the answer's body, also where the client did not take all of it. */
  readonly bytes: number;
  /** From the request to the answer: what Bun then takes to send it is not in it. */
  readonly seconds: number;
}

/** Takes what was observed in a turn of the event loop, in order. */
export type Watch = (observations: readonly Observation[]) => void;

/** Who watches, and what is believed. */
export interface ObserverOptions {
  readonly watchers: readonly Watch[];
  /** A proxy of ours says in X-Forwarded-For who asks. */
  readonly trustsProxy: boolean;
}

/** Where an upgraded connection's answer would be. */
const SWITCHING_PROTOCOLS = 101;

/**
 * Sees every request and its answer, and tells those who watch once in a turn of the event loop: so
 * there is one write for all of them, and an answer that Bun could not send can still be corrected.
 */
export class Observer {
  readonly #watchers: readonly Watch[];
  readonly #trustsProxy: boolean;
  #turn: Observation[] = [];

  constructor({ watchers, trustsProxy }: ObserverOptions) {
    this.#watchers = watchers;
    this.#trustsProxy = trustsProxy;
  }

  /** To be called first: once a connection is upgraded Bun 1.4.5 tells no address. */
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

  /** @param response `undefined` once the connection is a WebSocket */
  end(asked: Asked, response: Response | undefined): void {
    const { status, bytes } = outcomeOf(asked.method, response);
    const seconds = (performance.now() - asked.startMs) / 1000;
    if (this.#turn.push({ ...asked, status, bytes, seconds }) === 1) setImmediate(this.#tell);
  }

  /**
   * Bun sends this in place of the answer that was observed last. It asks for it in the same turn,
   * as the next thing, when the file of an answer cannot be opened.
   */
  correctLast(response: Response): void {
    const last = this.#turn.pop();
    if (last !== undefined) this.#turn.push({ ...last, ...outcomeOf(last.method, response) });
  }

  /** Tells at once what has been observed: nothing more is to come. */
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

/** The target without scheme and authority, where Bun has put them before it. */
function targetOf(url: string): string {
  return url.replace(/^https?:\/\/[^/?#]*/i, "");
}

/**
 * The client's address by X-Forwarded-For: the last one, which the proxy next to us has added. What
 * stands before it is what the client said.
 *
 * @returns `undefined` where there is none, or no IP address (some proxies say `unknown`)
 * @example parseForwardedFor("10.0.0.1, 192.0.2.7") // "192.0.2.7"
 */
export function parseForwardedFor(field: string | null): string | undefined {
  const last = field?.split(",").at(-1)?.trim() ?? "";
  // Some proxies add the port, and brackets to tell it from an IPv6 address.
  const address = /^\[([^\]]*)\](?::\d+)?$/.exec(last)?.[1] ?? last.replace(/^([\d.]+):\d+$/, "$1");
  return isIP(address) === 0 ? undefined : plainAddress(address);
}

/** An IPv4 client at an IPv6 socket, such as one bound to `::`, is shown as the IPv4 client it is. */
function plainAddress(address = "unix"): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/i, "");
}
