import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { ServerWebSocket } from "bun";
import { flood, type FloodOptions } from "./flood.ts";
import { PATIENCE_MS } from "./patience.ts";

setDefaultTimeout(PATIENCE_MS);

type Socket = ServerWebSocket<{ count: number }>;

type Message = string | Buffer<ArrayBuffer>;

/** The ways in which an echo may treat a message, with its number. */
const ECHOES: Record<string, (socket: Socket, message: Message, index: number) => void> = {
  faithful: (socket, message) => socket.send(message, true),
  "leaves one out": (socket, message, index) => index !== 3 && socket.send(message, true),
  "alters a byte": (socket, message, index) =>
    socket.send(index === 3 ? alterLastByte(message) : message, true),
  "alters the type": (socket, message) =>
    socket.send(typeof message === "string" ? Buffer.from(message) : message.toString("latin1")),
  "says one twice": (socket, message, index) => {
    if (index === 3) socket.send(message, true);
    socket.send(message, true);
  },
  "closes early": (socket, message, index) =>
    index === 3 ? socket.close() : socket.send(message, true),
};

function alterLastByte(message: Message): Message {
  const bytes = Buffer.from(message as string); // either is taken
  bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1);
  return typeof message === "string" ? bytes.toString() : bytes;
}

const servers: { stop: (force: boolean) => unknown }[] = [];
afterAll(() => servers.forEach((server) => server.stop(true)));

function serve(name: string, perMessageDeflate: boolean): number {
  const server = Bun.serve<{ count: number }>({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, self) => void self.upgrade(request, { data: { count: 0 } }),
    websocket: {
      backpressureLimit: 0,
      perMessageDeflate,
      message: (socket, message) => ECHOES[name]?.(socket, message, socket.data.count++),
    },
  });
  servers.push(server);
  return server.port ?? 0;
}

const MODES: readonly Partial<FloodOptions>[] = [
  {},
  { text: true },
  { text: true, deflate: true },
  { deflate: true },
  { deflate: true, random: true },
];

const floodOf = (name: string, mode: Partial<FloodOptions>, messageBytes = 100) =>
  flood({
    port: serve(name, mode.deflate === true),
    messageBytes,
    messages: 10,
    silentMs: 0,
    ...mode,
  });

describe.each(MODES)("flood() with %j", (mode) => {
  test.each([
    "leaves one out",
    "alters a byte",
    "alters the type",
    "says one twice",
    "closes early",
  ])("rejects an echo that %s", (name) =>
    expect(floodOf(name, mode)).rejects.toThrow("altered or out of order"),
  );

  test.each([1, 4, 125, 126, 65535, 65536, 300_000])(
    "takes messages of %i bytes",
    async (bytes) => {
      expect(await floodOf("faithful", mode, bytes)).toBe(10);
    },
  );
});

test("flood() rejects a server that does not agree to compress", () => {
  const options = { port: serve("faithful", false), messageBytes: 1, messages: 1, silentMs: 0 };
  return expect(flood({ ...options, deflate: true })).rejects.toThrow("no compression agreed on");
});
