import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { resolve } from "node:path";
import { connect, type Socket } from "node:net";
import { exchange, field, formatRequest, request } from "../helpers/raw-http.ts";
import {
  formatClose,
  formatFrame,
  formatHandshake,
  OPCODE,
  RawWebSocket,
} from "../helpers/raw-websocket.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { portOf, runProgram } from "../helpers/program.ts";
import { startTestServer } from "../helpers/test-server.ts";

setDefaultTimeout(PATIENCE_MS);

async function shake(port: number, fields: Readonly<Record<string, string>> = {}) {
  const { responses } = await exchange(port, formatHandshake("/websocket", fields));
  return responses[0];
}

async function expectEcho(socket: RawWebSocket, text: string): Promise<void> {
  socket.send(OPCODE.text, text);
  expect((await socket.receive())?.payload.toString()).toBe(text);
}

describe("--max-connections", () => {
  test("answers a client too many with 503, and one in time after another has gone", async () => {
    await using server = startTestServer({ maxConnections: 2 });
    using first = await RawWebSocket.open(server.port);
    const second = await RawWebSocket.open(server.port);
    // Twice, as the first answer is to be the last.
    const bytes = formatHandshake().repeat(2);
    const { responses, closed } = await exchange(server.port, bytes, ["GET", "GET"]);
    const [response] = responses;
    expect(responses.length).toBe(1);
    expect(response?.status).toBe(503);
    expect(response && field(response, "retry-after")).toBe("1"); // RFC 9110 §10.2.3
    expect(response && field(response, "connection")).toBe("close");
    expect(closed).toBe(true);
    await expectEcho(first, "still here");
    second.send(OPCODE.close);
    await second.closed();
    using third = await RawWebSocket.open(server.port);
    await expectEcho(third, "hello");
    expect((await request(server.port, "GET", "/rest")).status).toBe(200);
  });

  test("holds against many at once", async () => {
    await using server = startTestServer({ maxConnections: 10 });
    const sockets = await Promise.allSettled(
      Array.from({ length: 100 }, () => RawWebSocket.open(server.port)),
    );
    const open = sockets.filter(({ status }) => status === "fulfilled");
    expect(open.length).toBe(10);
    for (const socket of sockets) if (socket.status === "fulfilled") socket.value.reset();
  });
});

describe("--allow-origin (RFC 6455 §10.2)", () => {
  test.each([
    ["https://app.example", 101],
    ["HTTPS://APP.EXAMPLE", 101],
    ["null", 403],
    ["", 403],
    ["http://app.example", 403],
    ["https://app.example:8443", 403],
    ["https://app.example.evil.example", 403],
    ["https://app.example, https://evil.example", 403],
  ])("Origin: %s is %i", async (origin, status) => {
    await using server = startTestServer({ allowOrigins: ["https://app.example"] });
    expect((await shake(server.port, { Origin: origin }))?.status).toBe(status);
  });

  test("lets whoever has no origin in, as no page can leave it out", async () => {
    await using server = startTestServer({ allowOrigins: ["https://app.example"] });
    expect((await shake(server.port))?.status).toBe(101);
  });

  test.each([[[]], [["*"]]])("given %j, any page may connect", async (allowOrigins) => {
    await using server = startTestServer({ allowOrigins });
    const response = await shake(server.port, { Origin: "https://anything.example" });
    expect(response?.status).toBe(101);
  });
});

test("--max-message closes with 1009 at one byte more (RFC 6455 §7.4.1)", async () => {
  await using server = startTestServer({ maxMessageBytes: 1000 });
  using socket = await RawWebSocket.open(server.port);
  await expectEcho(socket, "a".repeat(1000));
  socket.send(OPCODE.text, "a".repeat(1001));
  expect((await socket.receive())?.payload.readUInt16BE(0)).toBe(1009);
});

test("--no-deflate declines the offer (RFC 7692 §5)", async () => {
  await using server = startTestServer({ deflate: false });
  const fields = { "Sec-WebSocket-Extensions": "permessage-deflate" };
  const response = await shake(server.port, fields);
  expect(response?.status).toBe(101);
  expect(response && field(response, "sec-websocket-extensions")).toBeUndefined();
});

/** As many as a system can be told to allow; far fewer than any has by default. */
const FILES = 256;

const LIMITED = [
  "sh",
  "-c",
  `ulimit -n ${FILES}; exec "$@"`,
  "sh",
  process.execPath,
  "run",
  resolve(import.meta.dir, "../../server.ts"),
];

/** Clients that the server has to get rid of before the next one gets a descriptor. */
const CROWDS: readonly (readonly [what: string, bytes: string | Buffer])[] = [
  ["keep their connection", formatRequest("GET", "/rest")],
  ["say nothing", ""],
  ["send half a request", "GET /rest HTTP/1.1\r\nHost: localhost\r\n"],
  [
    "say goodbye and do not hang up",
    Buffer.concat([Buffer.from(formatHandshake()), formatFrame(OPCODE.close, formatClose(1000))]),
  ],
];

describe.skipIf(process.platform !== "linux").each(CROWDS)(
  "at the limit of open files, crowded by clients that %s,",
  (_what, bytes) => {
    test("echoes go on, a WebSocket too many gets 503, and requests are answered", async () => {
      const args = ["--port", "0", "--host", "127.0.0.1"];
      await using program = runProgram(args, { command: LIMITED });
      const banner = await program.printed("raise it with ulimit -n");
      const port = portOf(banner);
      const most = Number(/At most (\d+) WebSockets/.exec(banner)?.[1]);
      expect(most).toBe(192);

      const sockets: RawWebSocket[] = [];
      // A place for those that say goodbye.
      while (sockets.length < most - 1) sockets.push(await RawWebSocket.open(port));
      const crowd = Array.from({ length: FILES }, () => connectAndStay(port, bytes));
      // Only when some of the crowd have been cut off is there a descriptor for this.
      expect((await request(port, "GET", "/rest")).status).toBe(200);
      for (const socket of sockets) await expectEcho(socket, "still here");
      using last = await RawWebSocket.open(port);
      expect((await shake(port))?.status).toBe(503);
      await expectEcho(last, "in time");

      for (const socket of crowd) socket.destroy();
      for (const socket of sockets) socket.reset();
      // A reset takes a turn of the server to be seen.
      let status: number | undefined;
      while (status !== 101) status = (await shake(port))?.status;
      program.signal("SIGINT");
      expect((await program.ended).exitCode).toBe(0);
    });
  },
);

/** Sends this, and leaves the connection open: it does not even hang up when told to. */
function connectAndStay(port: number, bytes: string | Buffer): Socket {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => socket.destroy()); // a reset is how some of them end
  socket.write(bytes);
  return socket.resume();
}
