import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { flood } from "../helpers/flood.ts";
import { OPCODE, RawWebSocket } from "../helpers/raw-websocket.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const { server } = useTestServer();

describe("the echo", () => {
  test("keeps the order of 10,000 messages sent at once, text and binary in turn", async () => {
    using socket = await RawWebSocket.open(server.port);
    const count = 10_000;
    for (let index = 0; index < count; index++) {
      socket.send(index % 2 === 0 ? OPCODE.text : OPCODE.binary, String(index));
    }
    for (let index = 0; index < count; index++) {
      const frame = await socket.receive();
      expect(frame?.payload.toString()).toBe(String(index));
      expect(frame?.opcode).toBe(index % 2 === 0 ? OPCODE.text : OPCODE.binary);
    }
  });
});

describe("backpressure", () => {
  // The client's silence is what is tested, not something waited for.
  test.each([
    [1, 300_000],
    [1024, 30_000],
    [65536, 600],
    [15 * 1024 * 1024, 3],
  ])("messages of %i bytes to a client that does not read: %i come back", async (size, count) => {
    const options = { port: server.port, messageBytes: size, messages: count, silentMs: 500 };
    expect(await flood(options)).toBe(count);
  });

  test("pings among a flood that nobody reads are all answered, in order", async () => {
    using socket = await RawWebSocket.open(server.port);
    socket.pause();
    const rounds = 400;
    for (let index = 0; index < rounds; index++) {
      socket.send(OPCODE.binary, Buffer.alloc(65536, index & 0xff));
      socket.send(OPCODE.ping, String(index));
    }
    socket.resume();
    const pongs: string[] = [];
    for (let echoes = 0; echoes < rounds || pongs.length < rounds;) {
      const frame = await socket.receive();
      if (frame?.opcode === OPCODE.pong) pongs.push(frame.payload.toString());
      else if (frame?.opcode === OPCODE.binary) {
        expect(frame.payload[0]).toBe(echoes & 0xff);
        echoes++;
      } else throw new Error("neither an echo nor a pong");
    }
    expect(pongs).toEqual(Array.from({ length: rounds }, (_, index) => String(index)));
  });

  test("one that does not read does not hold up another", async () => {
    using deaf = await RawWebSocket.open(server.port);
    deaf.pause();
    for (let index = 0; index < 300; index++) deaf.send(OPCODE.binary, Buffer.alloc(65536));
    using other = await RawWebSocket.open(server.port);
    other.send(OPCODE.text, "hello");
    expect((await other.receive())?.payload.toString()).toBe("hello");
  });
});

test("nothing was logged", () => {
  expect(server.errors).toEqual([]);
});
