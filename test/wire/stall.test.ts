import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import type { EchoState } from "../../src/echo/echo-socket.ts";
import { Echo } from "../../src/echo/echo.ts";
import { OPCODE, RawWebSocket } from "../helpers/raw-websocket.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";

setDefaultTimeout(PATIENCE_MS);

const STALL_MS = 60_000;
const PROBE_MS = 2000;

/** An echo on a server of its own, with a clock that a test moves. */
function startEcho() {
  const clock = { now: 0 };
  const errors: unknown[] = [];
  const echo = new Echo({
    maxMessageBytes: 1024 * 1024,
    maxConnections: 1000,
    allowOrigins: [],
    deflate: true,
    stallMs: STALL_MS,
    now: () => clock.now,
    logError: (error) => errors.push(error),
  });
  const server = Bun.serve<EchoState>({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, self) => echo.upgrade(request, self, ""),
    websocket: echo.handler,
  });
  return {
    clock,
    echo,
    errors,
    port: server.port ?? 0,
    [Symbol.dispose]: () => void server.stop(true),
  };
}

type TestEcho = ReturnType<typeof startEcho>;

/** Writes until the echo has paused the connection, and reads nothing. */
async function fill(socket: RawWebSocket, { echo }: TestEcho): Promise<void> {
  socket.pause();
  const chunk = Buffer.alloc(256 * 1024);
  while (echo.pausedCount === 0) {
    socket.send(OPCODE.binary, chunk);
    await Bun.sleep(0); // lets the server take a turn: it is in this process
  }
}

test("sweep() cuts off a peer that took nothing for the stall time, and not before", async () => {
  using it = startEcho();
  using socket = await RawWebSocket.open(it.port);
  await fill(socket, it);
  it.echo.sweep();
  it.clock.now = STALL_MS - 1;
  it.echo.sweep();
  expect(it.echo.size).toBe(1);
  it.clock.now = STALL_MS;
  it.echo.sweep();
  expect(it.echo.size).toBe(0);
  socket.resume();
  await socket.closed();
});

test("sweep() leaves one alone that reads, however slowly", async () => {
  using it = startEcho();
  using socket = await RawWebSocket.open(it.port);
  await fill(socket, it);
  socket.resume();
  while (it.echo.pausedCount > 0) await Bun.sleep(0);
  it.clock.now = 10 * STALL_MS;
  it.echo.sweep();
  expect(it.echo.size).toBe(1);
  expect((await socket.receive())?.opcode).toBe(OPCODE.binary);
});

test("sweep() releases connections that were reset while they were paused", async () => {
  using it = startEcho();
  const before = openDescriptors();
  for (let round = 0; round < 20; round++) {
    const socket = await RawWebSocket.open(it.port);
    await fill(socket, it);
    socket.reset();
    it.clock.now += STALL_MS;
    it.echo.sweep();
    it.clock.now += STALL_MS;
    it.echo.sweep();
    expect(it.echo.size).toBe(0);
  }
  while (openDescriptors() > before) await Bun.sleep(0);
  expect(openDescriptors()).toBeLessThanOrEqual(before);
});

test("sweep() sees soon that a paused peer has reset its connection", async () => {
  using it = startEcho();
  const before = openDescriptors();
  const socket = await RawWebSocket.open(it.port);
  await fill(socket, it);
  socket.reset();
  await socket.closed();
  it.clock.now = PROBE_MS - 1;
  it.echo.sweep();
  it.echo.sweep();
  expect(it.echo.size).toBe(1);
  // The first of them may find that something went out before the reset.
  for (const ms of [PROBE_MS, 2 * PROBE_MS]) {
    it.clock.now = ms;
    it.echo.sweep();
  }
  while (it.echo.size > 0 || openDescriptors() > before) await Bun.sleep(0);
  expect(it.echo.counters.stalls).toBe(0);
});

test("sweep() looks at a peer that is there, and leaves it paused", async () => {
  using it = startEcho();
  using socket = await RawWebSocket.open(it.port);
  await fill(socket, it);
  for (let ms = PROBE_MS; ms < STALL_MS; ms += PROBE_MS) {
    it.clock.now = ms;
    it.echo.sweep();
    await Bun.sleep(0);
  }
  expect([it.echo.size, it.echo.pausedCount]).toEqual([1, 1]);
  socket.resume();
  expect((await socket.receive())?.opcode).toBe(OPCODE.binary);
});

test("drain() refuses new connections and closes open ones with 1001", async () => {
  using it = startEcho();
  using socket = await RawWebSocket.open(it.port);
  it.echo.drain();
  const frame = await socket.receive();
  expect([frame?.opcode, frame?.payload.readUInt16BE(0)]).toEqual([OPCODE.close, 1001]);
  expect(RawWebSocket.open(it.port)).rejects.toThrow("HTTP/1.1 503");
});

test("drain() closes a peer that is behind only when it has everything", async () => {
  using it = startEcho();
  using socket = await RawWebSocket.open(it.port);
  await fill(socket, it);
  it.echo.drain();
  socket.resume();
  let echoes = 0;
  for (;;) {
    const frame = await socket.receive();
    if (frame?.opcode !== OPCODE.binary) {
      expect([frame?.opcode, frame?.payload.readUInt16BE(0)]).toEqual([OPCODE.close, 1001]);
      break;
    }
    expect(frame.payload.length).toBe(256 * 1024);
    echoes++;
  }
  expect(echoes).toBeGreaterThan(0);
  expect(it.errors).toEqual([]);
});

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
