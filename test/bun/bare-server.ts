import type { Socket } from "node:net";
import type { Server, ServerWebSocket, WebSocketHandler } from "bun";
import { request } from "../helpers/raw-http.ts";
import { RawWebSocket } from "../helpers/raw-websocket.ts";
import { connectTo } from "../helpers/transport.ts";

/** A server of Bun's with nothing of ours in it, gone with the probe. */
export interface BareServer extends Disposable {
  readonly port: number;
  readonly server: Server<undefined>;
}

type Fetch = (request: Request, server: Server<undefined>) => Response | Promise<Response>;

/** Where every bare server listens, and no error page. */
export const BARE = { hostname: "127.0.0.1", port: 0, development: false } as const;

/** Serves on loopback what `fetch` answers. */
export function serve(fetch: Fetch, error?: (error: Error) => Response): BareServer {
  const server = Bun.serve({ ...BARE, fetch, ...(error === undefined ? {} : { error }) });
  return wrap(server);
}

/** Upgrades everything, with no bound on what waits. */
export function serveWebSockets(handler: Partial<WebSocketHandler<undefined>> = {}): BareServer {
  const server = Bun.serve({
    ...BARE,
    fetch: (asked, self) => (self.upgrade(asked) ? undefined : new Response("no WebSocket")),
    websocket: { backpressureLimit: 0, message: () => undefined, ...handler },
  });
  return wrap(server);
}

function wrap(server: Server<undefined>): BareServer {
  const { port = 0 } = server;
  return { port, server, [Symbol.dispose]: () => void server.stop(true) };
}

/** The two ends of a WebSocket. */
export interface Pair extends BareServer {
  readonly ours: ServerWebSocket<undefined>;
  readonly peer: RawWebSocket;
  /** The peer's connection. */
  readonly connection: Socket;
}

/** Opens one WebSocket on a server of its own; the handler is told of it as of any other. */
export async function openPair(handler: Partial<WebSocketHandler<undefined>> = {}): Promise<Pair> {
  const { promise, resolve } = Promise.withResolvers<ServerWebSocket<undefined>>();
  const bare = serveWebSockets({ ...handler, open: resolve });
  const connection = connectTo(bare.port);
  const peer = await RawWebSocket.open(bare.port, "/", connection);
  const dispose = () => {
    peer[Symbol.dispose]();
    bare[Symbol.dispose]();
  };
  return { ...bare, ours: await promise, peer, connection, [Symbol.dispose]: dispose };
}

/** How many exchanges on other connections show that the server has looked at all of them. */
const EXCHANGES = 3;

/**
 * Settles when the server has seen whatever arrived at its connections before: it has answered
 * several requests that came later.
 */
export async function untilSeen({ port }: BareServer): Promise<void> {
  for (let count = 0; count < EXCHANGES; count++) await request(port, "GET", "/");
}
