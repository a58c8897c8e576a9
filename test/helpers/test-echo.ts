import type { EchoState } from "../../src/echo/echo-socket.ts";
import { Echo } from "../../src/echo/echo.ts";
import { OPCODE, type RawWebSocket } from "./raw-websocket.ts";

/** How long (ms) a peer of a `TestEcho` may read nothing. */
export const STALL_MS = 60_000;

/** An echo on a server of its own, with a clock that a test moves. */
export interface TestEcho extends Disposable {
  readonly echo: Echo;
  readonly port: number;
  readonly clock: { now: number };
  /** All logged errors. */
  readonly errors: readonly unknown[];
}

/** What a test has happen in between. */
export interface TestEchoOptions {
  /** Called before the echo sees a message; throws what the handler shall throw. */
  readonly beforeMessage?: () => void;
  /** Called after the echo has seen the end of a connection. */
  readonly afterClose?: () => void;
}

/** Starts an echo with a limit of 1 MiB a message. */
export function startTestEcho({ beforeMessage, afterClose }: TestEchoOptions = {}): TestEcho {
  const clock = { now: 0 };
  const errors: unknown[] = [];
  const echo = new Echo({
    maxMessageBytes: 1024 * 1024,
    maxConnections: 1000,
    allowOrigins: [],
    countsBytes: false,
    deflate: true,
    stallMs: STALL_MS,
    now: () => clock.now,
    logError: (error) => errors.push(error),
  });
  const { handler } = echo;
  const server = Bun.serve<EchoState>({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, self) => echo.upgrade(request, self, ""),
    websocket: {
      ...handler,
      message(socket, message) {
        beforeMessage?.();
        return handler.message?.(socket, message);
      },
      close(socket, code, reason) {
        void handler.close?.(socket, code, reason);
        afterClose?.();
      },
    },
  });
  const { port = 0 } = server;
  return { echo, port, clock, errors, [Symbol.dispose]: () => void server.stop(true) };
}

/** Writes until the echo has paused the connection, and reads nothing. */
export async function fill(socket: RawWebSocket, { echo }: TestEcho): Promise<void> {
  socket.pause();
  const chunk = Buffer.alloc(256 * 1024);
  while (echo.pausedCount === 0) {
    socket.send(OPCODE.binary, chunk);
    await Bun.sleep(0); // lets the server take a turn: it is in this process
  }
}
