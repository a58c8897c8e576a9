import { expect, setDefaultTimeout, test } from "bun:test";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { formatFrame, OPCODE, RawWebSocket } from "../helpers/raw-websocket.ts";
import { startTestEcho } from "../helpers/test-echo.ts";

setDefaultTimeout(PATIENCE_MS);

test("a handler that throws is logged, and closes its connection alone with 1011", async () => {
  const broken = new Error("broken");
  let isBroken = true;
  const breakOnce = () => {
    if (!isBroken) return;
    isBroken = false;
    throw broken;
  };
  using it = startTestEcho({ beforeMessage: breakOnce });
  using other = await RawWebSocket.open(it.port);
  using socket = await RawWebSocket.open(it.port);
  socket.send(OPCODE.text, "a");
  const frame = await socket.receive();
  expect([frame?.opcode, frame?.payload.readUInt16BE(0)]).toEqual([OPCODE.close, 1011]);
  expect(it.errors).toEqual([broken]);
  other.send(OPCODE.text, "b");
  expect((await other.receive())?.payload.toString()).toBe("b");
});

/** More pings than the connection and the 16 MB that Bun has for pongs can hold. */
const MANY_PINGS = 500_000;

/** The pings that are written at once. */
const BATCH = 2000;

/** The payload of a ping with this number, of the largest size. */
const payloadOf = (number: number) => String(number).padStart(125, ".");

test("a peer that sends pings and reads no pongs is paused, and gets every pong in the end", async () => {
  using it = startTestEcho();
  using socket = await RawWebSocket.open(it.port);
  socket.pause();
  let sent = 0;
  while (it.echo.pausedCount === 0 && sent < MANY_PINGS) {
    const pings = Array.from({ length: BATCH }, () => formatFrame(OPCODE.ping, payloadOf(sent++)));
    socket.write(Buffer.concat(pings));
    await Bun.sleep(0); // lets the server take a turn: it is in this process
  }
  expect(it.echo.pausedCount).toBe(1);
  socket.resume();
  for (let received = 0; received < sent; received++) {
    expect((await socket.receive())?.payload.toString()).toBe(payloadOf(received));
  }
});
