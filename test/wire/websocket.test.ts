import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { exchange, field } from "../helpers/raw-http.ts";
import { flood } from "../helpers/flood.ts";
import { formatClose, formatHandshake, OPCODE, RawWebSocket } from "../helpers/raw-websocket.ts";
import { startTestServer, type TestServer } from "../helpers/test-server.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";

setDefaultTimeout(PATIENCE_MS);

let server: TestServer;

beforeAll(() => {
  server = startTestServer();
});

afterAll(() => server.stop());

async function shake(fields: Readonly<Record<string, string | undefined>>, target = "/websocket") {
  const { responses } = await exchange(server.port, formatHandshake(target, fields));
  const [response] = responses;
  if (response === undefined) throw new Error("no answer");
  return response;
}

describe("the opening handshake (RFC 6455 §4.2)", () => {
  test("is answered with the accept of the specification's own example (§1.3)", async () => {
    const response = await shake({});
    expect(response.status).toBe(101);
    expect(field(response, "upgrade")).toBe("websocket");
    expect(field(response, "connection")).toBe("Upgrade");
    expect(field(response, "sec-websocket-accept")).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    expect(field(response, "sec-websocket-protocol")).toBeUndefined();
    expect(field(response, "sec-websocket-extensions")).toBeUndefined();
  });

  const REFUSED: readonly (readonly [
    rule: string,
    fields: Record<string, string | undefined>,
    status: number,
  ])[] = [
    ["no Upgrade: a page somebody opened", { Upgrade: undefined }, 426],
    ["another Upgrade", { Upgrade: "h2c" }, 426],
    ["no Connection", { Connection: undefined }, 400],
    ["a Connection without upgrade", { Connection: "keep-alive" }, 400],
    ["no version (§4.4)", { "Sec-WebSocket-Version": undefined }, 426],
    ["version 8", { "Sec-WebSocket-Version": "8" }, 426],
    ["two versions", { "Sec-WebSocket-Version": "13, 8" }, 426],
    ["no key", { "Sec-WebSocket-Key": undefined }, 400],
    ["an empty key", { "Sec-WebSocket-Key": "" }, 400],
    ["a key of 15 bytes", { "Sec-WebSocket-Key": "MTIzNDU2Nzg5MDEyMzQ1" }, 400],
    ["a key of 17 bytes", { "Sec-WebSocket-Key": "MTIzNDU2Nzg5MDEyMzQ1Njc=" }, 400],
    ["a key that is no base64", { "Sec-WebSocket-Key": "!!!!!!!!!!!!!!!!!!!!!!==" }, 400],
    ["a body", { "Content-Length": "5" }, 400],
    ["a chunked body", { "Transfer-Encoding": "chunked" }, 400],
  ];

  test.each(REFUSED)("%s is refused", async (_rule, fields, status) => {
    const response = await shake(fields);
    expect(response.status).toBe(status);
    if (status !== 426) return;
    // RFC 9110 §15.5.22 and RFC 6455 §4.4.
    expect(field(response, "upgrade")).toBe("websocket");
    expect(field(response, "connection")?.toLowerCase()).toContain("upgrade");
    expect(field(response, "sec-websocket-version")).toBe("13");
  });

  test("POST is 405", async () => {
    const bytes = formatHandshake().replace("GET", "POST");
    const { responses } = await exchange(server.port, bytes, ["POST"]);
    expect(responses[0]?.status).toBe(405);
    expect(responses[0] && field(responses[0], "allow")).toBe("GET");
  });

  test.each([
    ["Connection: keep-alive, Upgrade", { Connection: "keep-alive, Upgrade" }],
    ["any case of the tokens", { Upgrade: "WebSocket", Connection: "upgrade" }],
    ["Content-Length: 0", { "Content-Length": "0" }],
  ])("%s is accepted", async (_rule, fields) => {
    expect((await shake(fields)).status).toBe(101);
  });

  test("a query is no obstacle, another path is no WebSocket", async () => {
    expect((await shake({}, "/websocket?a=b")).status).toBe(101);
    expect((await shake({}, "/websocket/")).status).toBe(404);
    expect((await shake({}, "/rest")).status).toBe(200);
  });

  test.each([
    ["chat", "chat"],
    ["chat, superchat", "chat"],
    [" , chat", "chat"],
    ["not a token, chat", "chat"],
    ["", undefined],
    ["a b", undefined],
    ["(x)", undefined],
  ])("Sec-WebSocket-Protocol: %s chooses %s (§4.2.2)", async (offered, chosen) => {
    const response = await shake({ "Sec-WebSocket-Protocol": offered });
    expect(response.status).toBe(101);
    expect(field(response, "sec-websocket-protocol")).toBe(chosen);
  });
});

describe("the echo", () => {
  test.each([
    ["text", OPCODE.text, "hello"],
    ["text beyond ASCII", OPCODE.text, "ß水🍉\u0000\uffff"],
    ["empty text", OPCODE.text, ""],
    ["binary", OPCODE.binary, Buffer.from([0, 1, 0xfe, 0xff])],
    ["empty binary", OPCODE.binary, ""],
    ["125 bytes, the longest short length", OPCODE.binary, Buffer.alloc(125, 1)],
    ["126 bytes, the shortest with 16 bits of length", OPCODE.binary, Buffer.alloc(126, 2)],
    ["65,535 bytes", OPCODE.binary, Buffer.alloc(65535, 3)],
    ["65,536 bytes, the shortest with 64 bits of length", OPCODE.binary, Buffer.alloc(65536, 4)],
    ["1 MiB of text", OPCODE.text, "x".repeat(1024 * 1024)],
  ])("returns %s unaltered and in its type (RFC 6455 §5.6)", async (_what, opcode, payload) => {
    using socket = await RawWebSocket.open(server.port);
    socket.send(opcode, payload);
    const frame = await socket.receive();
    expect(frame?.opcode).toBe(opcode);
    expect(frame?.final).toBe(true);
    expect(frame?.reserved).toBe(0);
    expect(frame?.payload.equals(Buffer.from(payload as Uint8Array))).toBe(true);
  });

  test("joins fragments, with a ping in between (RFC 6455 §5.4, §5.5)", async () => {
    using socket = await RawWebSocket.open(server.port);
    socket.send(OPCODE.text, "one ", { final: false });
    socket.send(OPCODE.continuation, "two ", { final: false });
    socket.send(OPCODE.ping, "p");
    socket.send(OPCODE.continuation, "three");
    const pong = await socket.receive();
    expect([pong?.opcode, pong?.payload.toString()]).toEqual([OPCODE.pong, "p"]);
    const echo = await socket.receive();
    expect([echo?.opcode, echo?.payload.toString()]).toEqual([OPCODE.text, "one two three"]);
  });

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

  test("answers a Close with its code (RFC 6455 §5.5.1)", async () => {
    using socket = await RawWebSocket.open(server.port);
    socket.send(OPCODE.close, formatClose(1000, "done"));
    const frame = await socket.receive();
    expect(frame?.opcode).toBe(OPCODE.close);
    expect(frame?.payload.readUInt16BE(0)).toBe(1000);
    await socket.closed();
  });

  test("sends what is under way before it answers a Close", async () => {
    using socket = await RawWebSocket.open(server.port);
    for (let index = 0; index < 100; index++)
      socket.send(OPCODE.binary, Buffer.alloc(10_000, index));
    socket.send(OPCODE.close, formatClose(1000));
    for (let index = 0; index < 100; index++) {
      expect((await socket.receive())?.payload.equals(Buffer.alloc(10_000, index))).toBe(true);
    }
    expect((await socket.receive())?.opcode).toBe(OPCODE.close);
  });

  test("takes 16 MiB, and closes with 1009 at one byte more (RFC 6455 §7.4.1)", async () => {
    const limit = 16 * 1024 * 1024;
    using within = await RawWebSocket.open(server.port);
    within.send(OPCODE.binary, Buffer.alloc(limit, 7));
    expect((await within.receive())?.payload.equals(Buffer.alloc(limit, 7))).toBe(true);
    using beyond = await RawWebSocket.open(server.port);
    beyond.send(OPCODE.binary, Buffer.alloc(limit + 1));
    const frame = await beyond.receive();
    expect(frame?.opcode).toBe(OPCODE.close);
    expect(frame?.payload.readUInt16BE(0)).toBe(1009);
    await beyond.closed();
  });

  test("closes with 1009 also where fragments add up to too much", async () => {
    using socket = await RawWebSocket.open(server.port);
    const part = Buffer.alloc(9 * 1024 * 1024);
    socket.send(OPCODE.binary, part, { final: false });
    socket.send(OPCODE.continuation, part);
    const frame = await socket.receive();
    expect(frame?.payload.readUInt16BE(0)).toBe(1009);
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
