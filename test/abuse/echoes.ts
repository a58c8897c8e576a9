import { constants, deflateRawSync } from "node:zlib";
import { formatHandshake } from "../helpers/raw-websocket.ts";
import { connectTo } from "../helpers/transport.ts";
import type { Attack } from "./attack.ts";
import { allAtOnce } from "./clients.ts";

const EXTENSION = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

const MESSAGE_BYTES = 16 * 1024 * 1024 - 1024;

/** How long an attack may wait for its echoes, in milliseconds. */
const PATIENCE_MS = 20_000;

/** FIN, RSV1 and text; FIN and text. */
const COMPRESSED_TEXT = 0xc1;
const TEXT = 0x81;

/** A client's frame, with a mask of zeros. */
function frame(first: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 6 : 14);
  head[0] = first;
  head[1] = 0x80 | (length < 126 ? length : 127);
  if (length >= 126) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

/** Sends bytes over a WebSocket, and takes what comes back, until that are so many bytes or it is late. */
async function echo(port: number, target: string, bytes: Buffer, wantedBytes: number) {
  const socket = connectTo(port);
  const { promise, resolve } = Promise.withResolvers<number>();
  let received = -1;
  socket.on("data", (data) => {
    if (received === -1) socket.write(bytes);
    received += data.length;
    if (received >= wantedBytes) resolve(received);
  });
  socket.on("error", () => resolve(received));
  socket.on("close", () => resolve(received));
  socket.write(formatHandshake(target, { "Sec-WebSocket-Extensions": EXTENSION }));
  const late = setTimeout(() => resolve(received), PATIENCE_MS);
  const result = await promise;
  clearTimeout(late);
  socket.destroy();
  return result;
}

function flood(
  name: string,
  connections: number,
  target: string,
  bytes: Buffer,
  wanted: number,
): Attack {
  return {
    row: "D3",
    name,
    fill: () => undefined,
    limits: { memoryMb: 700 },
    isTimed: true,
    run: async ({ port }) => {
      const all = await allAtOnce(connections, () => echo(port, target, bytes, wanted));
      const complete = all.filter((received) => received >= wanted).length;
      return { seen: `${complete} of ${connections} got their echoes in time`, isKept: true };
    },
  };
}

function compressed(bytes: number): Buffer {
  const flush = { level: 1, finishFlush: constants.Z_SYNC_FLUSH };
  return deflateRawSync(Buffer.alloc(bytes, "a"), flush).subarray(0, -4);
}

const LARGE = frame(COMPRESSED_TEXT, compressed(MESSAGE_BYTES));
const EMPTY = frame(TEXT, new Uint8Array());

/** Messages that the server is asked to hold for a while. */
export const ECHO_ATTACKS: readonly Attack[] = [
  flood(
    "delay of 1 ms, 60 connections, three compressed messages of 16 MB",
    60,
    "/websocket?delay=1",
    Buffer.concat([LARGE, LARGE, LARGE]),
    3 * 10_000,
  ),
  flood(
    "delay of 1 s, 400 connections, 10,000 empty messages",
    400,
    "/websocket?delay=1000",
    Buffer.concat(Array.from({ length: 10_000 }, () => EMPTY)),
    2 * 10_000,
  ),
];
