import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { constants, deflateRawSync } from "node:zlib";
import { memoryMb } from "../helpers/memory.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { portOf, runProgram } from "../helpers/program.ts";
import { formatFrame, formatHandshake, OPCODE, RawWebSocket } from "../helpers/raw-websocket.ts";

setDefaultTimeout(PATIENCE_MS);

/** The bound for what all delayed connections hold, 512 MiB, and what the server needs besides. */
const MAX_MB = 700;

/** The bound for 4,096 empty messages of each of 400 connections. */
const MAX_MB_FOR_EMPTY = 250;

const COMPRESSED = { reserved: 4 } as const;
const EXTENSIONS = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

const SIXTEEN_MIB = 16 * 1024 * 1024;

/** Compresses a message by RFC 7692 §7.2.1, without the end of its last block. */
function deflate(message: Buffer): Buffer {
  return deflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

const text = Buffer.alloc(SIXTEEN_MIB, "a");
const large = (opcode: number, message: Buffer) =>
  formatFrame(opcode, deflate(message), COMPRESSED);

interface Flood {
  readonly query: string;
  readonly connections: number;
  /** What each connection sends. */
  readonly bytes: Buffer;
  readonly maxMb?: number;
}

function repeat(bytes: Buffer, times: number): Buffer {
  return Buffer.concat(Array.from({ length: times }, () => bytes));
}

const LARGE_BINARY = repeat(large(OPCODE.binary, Buffer.alloc(SIXTEEN_MIB)), 3);

const FLOODS: readonly (readonly [name: string, flood: Flood])[] = [
  ["large binary messages", { query: "delay=1", connections: 60, bytes: LARGE_BINARY }],
  [
    "large binary messages, with jitter",
    { query: "jitter=50", connections: 60, bytes: LARGE_BINARY },
  ],
  [
    "large binary messages that are held for long",
    { query: "delay=60000", connections: 60, bytes: LARGE_BINARY },
  ],
  [
    "large texts",
    { query: "delay=1", connections: 60, bytes: repeat(large(OPCODE.text, text), 3) },
  ],
  [
    "large texts with a character beyond Latin-1",
    {
      query: "delay=1",
      connections: 60,
      bytes: repeat(large(OPCODE.text, Buffer.concat([Buffer.from("€"), text.subarray(3)])), 3),
    },
  ],
  [
    "empty messages",
    {
      query: "delay=60000",
      connections: 400,
      bytes: repeat(formatFrame(OPCODE.binary, "", { key: Buffer.alloc(4) }), 10_000),
      maxMb: MAX_MB_FOR_EMPTY,
    },
  ],
];

/** Opens a connection, sends a flood and reads whatever comes. */
function pour(port: number, { query, bytes }: Flood): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => socket.destroy()); // a connection that asks for too much is closed
  socket.write(formatHandshake(`/websocket?${query}`, { "Sec-WebSocket-Extensions": EXTENSIONS }));
  // Together with the handshake it would be pipelined.
  socket.once("data", () => socket.write(bytes));
  return socket.resume();
}

describe.skipIf(process.platform !== "linux")("D3 a delay", () => {
  test.each(FLOODS)("takes no more than its bound for %s", async (_name, flood) => {
    await using program = runProgram(["--port", "0", "--host", "127.0.0.1"]);
    const port = portOf(await program.printed("REST"));
    const sockets = Array.from({ length: flood.connections }, () => pour(port, flood));
    await Promise.all(sockets.map(untilTaken));
    // This client's message comes after theirs, and so does its echo.
    using other = await RawWebSocket.open(port, "/websocket?delay=1");
    other.send(OPCODE.text, "after them");
    expect((await other.receive())?.payload.toString()).toBe("after them");
    for (const socket of sockets) socket.destroy();
    expect(memoryMb(program.pid, "VmHWM")).toBeLessThan(flood.maxMb ?? MAX_MB);
  });
});

/** Resolves when the server's system has taken all that was written, or the connection is closed. */
function untilTaken(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const look = () => socket.bytesWritten > 0 && socket.writableLength === 0 && resolve();
    socket.on("drain", look);
    socket.on("close", () => resolve());
    socket.on("data", () => setImmediate(look));
  });
}
