import { TRANSPORT_PAIR, WEBSOCKET_SCHEME } from "./transport.ts";

/** A WebSocket server that answers each message, counted from 1, as it is told. */
export function serveWebSocket(
  answer: (socket: Bun.ServerWebSocket, message: string, index: number) => void,
  open: (socket: Bun.ServerWebSocket) => void = () => undefined,
): Disposable & { readonly url: string } {
  let index = 0;
  const served = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    ...(TRANSPORT_PAIR && { tls: TRANSPORT_PAIR }),
    fetch: (request, self) => (self.upgrade(request) ? undefined : new Response("no")),
    websocket: {
      open,
      message: (socket, message) => answer(socket, String(message), (index += 1)),
    },
  });
  return {
    url: `${WEBSOCKET_SCHEME}://127.0.0.1:${served.port}/`,
    [Symbol.dispose]: () => void served.stop(true),
  };
}
