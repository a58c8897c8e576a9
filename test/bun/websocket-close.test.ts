import { expect } from "bun:test";
import { OPCODE } from "../helpers/raw-websocket.ts";
import { openPair } from "./bare-server.ts";
import { runScript } from "./child.ts";
import { probe } from "./probe.ts";

const MIB = 1024 * 1024;

/** A client of the server that is in the same process, and what a handler does to it. */
const throwing = (handlers: string) => `
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, server) => (server.upgrade(request) ? undefined : new Response()),
    websocket: { message() {}, open() { throw new Error("a bug") }, ${handlers} },
  });
  new WebSocket("ws://127.0.0.1:" + server.port).onopen = () => process.exit(42);
`;

probe("handler-error-ends", async () => {
  expect((await runScript(throwing("error() {}"))).exitCode).toBe(42);
  expect((await runScript(throwing(""))).exitCode).toBe(1);
});

probe("closing-forgotten", async () => {
  using pair = await openPair();
  pair.peer.pause();
  expect(pair.ours.send(Buffer.alloc(8 * MIB))).toBe(-1);
  pair.ours.close(1001);
  // The peer has not read a byte of it, and nothing keeps the process from ending.
  await pair.server.stop();
  pair.peer.resume();
  expect((await pair.peer.receive())?.payload.length).toBe(8 * MIB);
});

probe("stop-truncates", async () => {
  using pair = await openPair();
  pair.peer.pause();
  expect(pair.ours.send(Buffer.alloc(8 * MIB))).toBe(-1);
  void pair.server.stop(true);
  pair.peer.resume();
  expect(await pair.peer.receive()).toBeUndefined();
});

probe("stop-silent", async () => {
  using pair = await openPair();
  let isStopped = false;
  const stopped = pair.server.stop().then(() => (isStopped = true));
  pair.peer.send(OPCODE.ping);
  expect((await pair.peer.receive())?.opcode).toBe(OPCODE.pong);
  expect(isStopped).toBe(false);
  pair.peer.send(OPCODE.close);
  await stopped;
});

probe("close-not-awaited", async () => {
  using pair = await openPair();
  const ended = new Promise((resolve) => pair.connection.once("end", resolve));
  pair.ours.close(1000);
  expect((await pair.peer.receive())?.opcode).toBe(OPCODE.close);
  await ended; // and the peer has not sent its own
});
