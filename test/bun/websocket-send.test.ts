import { expect } from "bun:test";
import { formatClose, formatFrame, OPCODE } from "../helpers/raw-websocket.ts";
import { openPair, untilSeen } from "./bare-server.ts";
import { probe } from "./probe.ts";

const MIB = 1024 * 1024;

probe("send-empty", async () => {
  using pair = await openPair();
  expect(pair.ours.send("")).toBe(0);
  expect((await pair.peer.receive())?.payload.length).toBe(0);
});

probe("send-copies", async () => {
  using pair = await openPair();
  pair.peer.pause();
  const message = Buffer.alloc(8 * MIB, "a");
  expect(pair.ours.send(message)).toBe(-1);
  message.fill("b");
  message.buffer.transfer(0);
  pair.peer.resume();
  const frame = await pair.peer.receive();
  expect(frame?.payload.equals(Buffer.alloc(8 * MIB, "a"))).toBe(true);
});

probe("drain-partial", async () => {
  const waiting: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const drain = (socket: { getBufferedAmount(): number }) => {
    if (waiting.push(socket.getBufferedAmount()) > 0 && waiting.at(-1) === 0) resolve();
  };
  using pair = await openPair({ drain });
  pair.peer.pause();
  pair.ours.send(Buffer.alloc(24 * MIB));
  pair.peer.resume();
  await promise;
  expect(waiting[0]).toBeGreaterThan(0);
});

probe("pong-dropped", async () => {
  const pinged = Promise.withResolvers<void>();
  using pair = await openPair({ ping: () => pinged.resolve() });
  pair.peer.pause();
  // More than waits in the kernel and in the 16 MB that Bun has for control frames.
  const count = 24;
  for (let sent = 0; sent < count; sent++) pair.ours.send(Buffer.alloc(MIB));
  pair.peer.send(OPCODE.ping, "a");
  await pinged.promise;
  pair.peer.resume();
  for (let received = 0; received < count; received++) await pair.peer.receive();
  pair.peer.send(OPCODE.ping, "b");
  const { opcode, payload } = (await pair.peer.receive()) ?? {};
  expect([opcode, payload?.toString()]).toEqual([OPCODE.pong, "b"]);
});

probe("read-after-pause", async () => {
  let messages = 0;
  using pair = await openPair({
    message(socket) {
      messages++;
      socket.pause();
    },
  });
  const frame = formatFrame(OPCODE.binary, Buffer.alloc(1000));
  pair.peer.write(Buffer.concat(Array(4000).fill(frame)));
  while (messages === 0) await untilSeen(pair);
  expect(messages).toBeGreaterThan(1);
  expect(messages).toBeLessThanOrEqual((512 * 1024) / 1000);
});

probe("paused-deaf", async () => {
  let isClosed = false;
  const closed = Promise.withResolvers<void>();
  const close = () => {
    isClosed = true;
    closed.resolve();
  };
  using pair = await openPair({ close });
  pair.ours.pause();
  pair.peer.send(OPCODE.close, formatClose(1000));
  pair.connection.end();
  await untilSeen(pair);
  expect(isClosed).toBe(false);
  pair.ours.resume();
  await closed.promise;
});

probe("reset-unseen", async () => {
  let isClosed = false;
  const closed = Promise.withResolvers<void>();
  const close = () => {
    isClosed = true;
    closed.resolve();
  };
  using pair = await openPair({ close });
  pair.peer.reset();
  // The reset has arrived, and Bun takes the failure for a socket that is full.
  expect(pair.ours.send("a")).toBe(-1);
  pair.ours.pause();
  await pair.peer.closed();
  await untilSeen(pair);
  expect([isClosed, pair.ours.readyState]).toEqual([false, WebSocket.OPEN]);
  pair.ours.resume();
  await closed.promise;
});
