import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { exchange, field } from "../helpers/raw-http.ts";
import { formatHandshake, OPCODE, RawWebSocket, type Frame } from "../helpers/raw-websocket.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const { server } = useTestServer();

const open = (query: string) => RawWebSocket.open(server.port, `/websocket?${query}`);

const textOf = (frame: Frame | undefined) => frame?.payload.toString();

function closeOf(frame: Frame | undefined) {
  if (frame?.opcode !== OPCODE.close) return undefined;
  return [frame.payload.readUInt16BE(0), frame.payload.toString("utf8", 2)];
}

describe("a bad parameter is 400 and named", () => {
  test.each([
    ["delay=soon", "delay"],
    ["close=1005", "close"],
    ["every=0", "every"],
  ])("%s", async (query, name) => {
    const bytes = formatHandshake(`/websocket?${query}`, { Accept: "text/plain" });
    const { responses } = await exchange(server.port, bytes);
    expect(responses[0]?.status).toBe(400);
    expect(responses[0]?.body.toString()).toContain(`The parameter ${name}:`);
  });

  test("also to somebody who asks without a WebSocket", async () => {
    const bytes = "GET /websocket?delay=x HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const { responses } = await exchange(server.port, bytes);
    expect(responses[0]?.status).toBe(400);
    expect(responses[0] && field(responses[0], "content-type")).toStartWith("text/plain");
  });
});

describe("delay", () => {
  test("holds each echo back, and keeps the type", async () => {
    using socket = await open("delay=50");
    const startMs = performance.now();
    socket.send(OPCODE.text, "a");
    socket.send(OPCODE.binary, "b");
    const frames = [await socket.receive(), await socket.receive()];
    // Not a limit for a busy machine: a timer never fires before its time.
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(49);
    expect(frames.map((frame) => [frame?.opcode, textOf(frame)])).toEqual([
      [OPCODE.text, "a"],
      [OPCODE.binary, "b"],
    ]);
  });

  test.each(["jitter=20", "delay=5&jitter=20"])("keeps the order with %s", async (query) => {
    using socket = await open(query);
    const count = 500;
    for (let index = 0; index < count; index++) socket.send(OPCODE.text, String(index));
    for (let index = 0; index < count; index++) {
      expect(textOf(await socket.receive())).toBe(String(index));
    }
  });

  test("of more than is held at once loses nothing", async () => {
    using socket = await open("delay=10");
    const count = 20;
    for (let index = 0; index < count; index++) {
      socket.send(OPCODE.binary, Buffer.alloc(300_000, index));
    }
    for (let index = 0; index < count; index++) {
      const frame = await socket.receive();
      expect(frame?.payload.equals(Buffer.alloc(300_000, index))).toBe(true);
    }
  });

  test("does not outlive its connection", async () => {
    using socket = await open("delay=60000");
    socket.send(OPCODE.text, "never");
    socket.reset();
    await socket.closed();
    using other = await open("delay=1");
    other.send(OPCODE.text, "soon");
    expect(textOf(await other.receive())).toBe("soon");
  });

  test("is cut short when the server shuts down, with nothing lost", async () => {
    await using stopping = startTestServer();
    using socket = await RawWebSocket.open(stopping.port, "/websocket?delay=60000&every=3600000");
    socket.send(OPCODE.text, "held");
    socket.send(OPCODE.ping, "p");
    // The pong says that the message before it has come.
    expect((await socket.receive())?.opcode).toBe(OPCODE.pong);
    const stopped = stopping.stop();
    expect(textOf(await socket.receive())).toBe("held");
    expect(closeOf(await socket.receive())?.[0]).toBe(1001);
    socket.reset();
    await stopped;
  });
});

describe("close", () => {
  test("at once, with its reason (RFC 6455 §7.4)", async () => {
    using socket = await open("close=4000,try+later");
    expect(closeOf(await socket.receive())).toEqual([4000, "try later"]);
  });

  test("after some echoes, and not one more", async () => {
    using socket = await open("close=1011&after=2");
    for (const text of ["1", "2", "3"]) socket.send(OPCODE.text, text);
    expect(textOf(await socket.receive())).toBe("1");
    expect(textOf(await socket.receive())).toBe("2");
    expect(closeOf(await socket.receive())).toEqual([1011, ""]);
  });

  test("after echoes that a slow reader has yet to take", async () => {
    using socket = await open("close=1000&after=100");
    socket.pause();
    for (let index = 0; index < 100; index++) socket.send(OPCODE.binary, Buffer.alloc(200_000));
    socket.resume();
    for (let index = 0; index < 100; index++) {
      expect((await socket.receive())?.payload.length).toBe(200_000);
    }
    expect(closeOf(await socket.receive())).toEqual([1000, ""]);
  });

  test("after echoes that are held back", async () => {
    using socket = await open("delay=20&close=1000&after=2");
    for (const text of ["1", "2", "3"]) socket.send(OPCODE.text, text);
    expect(textOf(await socket.receive())).toBe("1");
    expect(textOf(await socket.receive())).toBe("2");
    expect(closeOf(await socket.receive())).toEqual([1000, ""]);
  });
});

describe("drop ends without a Close frame, as a failing network does (RFC 6455 §7.1.7)", () => {
  test("at once", async () => {
    using socket = await open("drop");
    expect(await socket.receive()).toBeUndefined();
  });

  test("after some echoes, which a browser gets that is still sending", async () => {
    const url = `ws://127.0.0.1:${server.port}/websocket?drop&after=5`;
    const client = new WebSocket(url);
    const echoes: unknown[] = [];
    client.onmessage = ({ data }) => echoes.push(data);
    client.onopen = () => {
      for (let index = 0; index < 1000; index++) client.send(`${index} ${"x".repeat(10_000)}`);
    };
    const code = await new Promise((resolve) => {
      client.onclose = (event) => resolve(event.code);
    });
    expect(echoes.map((echo) => String(echo).split(" ")[0])).toEqual(["0", "1", "2", "3", "4"]);
    expect(code).toBe(1006);
  });

  test("after some echoes", async () => {
    using socket = await open("drop&after=1");
    socket.send(OPCODE.text, "1");
    expect(textOf(await socket.receive())).toBe("1");
    expect(await socket.receive()).toBeUndefined();
  });
});

describe("greet and every: the server speaks unasked", () => {
  test("first the greeting, as text", async () => {
    using socket = await open("greet=good+morning%20%C3%A9");
    const frame = await socket.receive();
    expect([frame?.opcode, textOf(frame)]).toEqual([OPCODE.text, "good morning é"]);
    socket.send(OPCODE.text, "echo");
    expect(textOf(await socket.receive())).toBe("echo");
  });

  test("ticks are numbered, and echoes come between them", async () => {
    using socket = await open("every=1");
    const ticks: string[] = [];
    socket.send(OPCODE.text, "echo");
    let echoes = 0;
    while (ticks.length < 5 || echoes === 0) {
      const text = textOf(await socket.receive()) ?? "";
      if (text === "echo") echoes++;
      else ticks.push(text);
    }
    expect(ticks.slice(0, 5)).toEqual(["tick 1", "tick 2", "tick 3", "tick 4", "tick 5"]);
  });

  test("with a close at once the greeting still comes first", async () => {
    using socket = await open("greet=bye&close=1000&every=1");
    expect(textOf(await socket.receive())).toBe("bye");
    expect(closeOf(await socket.receive())).toEqual([1000, ""]);
  });
});

test("nothing was logged", () => {
  expect(server.errors).toEqual([]);
});
