import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { request } from "../helpers/raw-http.ts";
import { formatFrame, OPCODE, RawWebSocket } from "../helpers/raw-websocket.ts";
import { fill, STALL_MS, startTestEcho } from "../helpers/test-echo.ts";

setDefaultTimeout(PATIENCE_MS);

const PROBE_MS = 2000;

test("sweep() cuts off a peer that took nothing for the stall time, and not before", async () => {
  using it = startTestEcho();
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
  using it = startTestEcho();
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
  using it = startTestEcho();
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

test("sweep() sees soon that a peer has reset its connection in the moment of the pause", async () => {
  const closed = Promise.withResolvers<void>();
  const reset = () => socket.reset();
  using it = startTestEcho({ beforeMessage: reset, afterClose: closed.resolve });
  const socket = await RawWebSocket.open(it.port);
  const before = openDescriptors();
  // Bun keeps the first echo back and sends it with the second, which meets the reset, and is taken
  // for one that finds the connection full (Bun: reset-unseen).
  const message = formatFrame(OPCODE.binary, Buffer.alloc(64 * 1024));
  socket.write(Buffer.concat([message, message]));
  await socket.closed();
  while (it.echo.pausedCount === 0) await Bun.sleep(0);
  it.clock.now = PROBE_MS - 1;
  it.echo.sweep();
  await untilTurned(it.port);
  expect(it.echo.size).toBe(1);
  it.clock.now = PROBE_MS;
  it.echo.sweep();
  await closed.promise;
  expect([it.echo.size, it.echo.pausedCount, it.echo.counters.stalls]).toEqual([0, 0, 0]);
  while (openDescriptors() >= before) await Bun.sleep(0);
});

test("sweep() looks at a peer that is there, and leaves it paused", async () => {
  using it = startTestEcho();
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
  using it = startTestEcho();
  using socket = await RawWebSocket.open(it.port);
  it.echo.drain();
  const frame = await socket.receive();
  expect([frame?.opcode, frame?.payload.readUInt16BE(0)]).toEqual([OPCODE.close, 1001]);
  expect(RawWebSocket.open(it.port)).rejects.toThrow("HTTP/1.1 503");
});

test("drain() closes a peer that is behind only when it has everything", async () => {
  using it = startTestEcho();
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

/** Settles when the server, which is in this process, has looked at all of its connections. */
async function untilTurned(port: number): Promise<void> {
  for (let count = 0; count < 3; count++) await request(port, "GET", "/websocket");
}
