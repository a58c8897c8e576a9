/**
 * The barest echo on Bun: no limits, no counting and no backpressure, so it may lose messages.
 *
 *   bun run test/bench/bun-echo.ts
 */
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  development: false,
  fetch: (request, self) =>
    self.upgrade(request) ? undefined : new Response(null, { status: 426 }),
  websocket: { message: (socket, message) => void socket.send(message) },
});
console.log(`port ${server.port}.`);
