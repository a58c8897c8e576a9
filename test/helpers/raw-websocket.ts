import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { connectTo, type Place } from "./transport.ts";

/** The opcodes of RFC 6455 §5.2. */
export const OPCODE = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** A frame as it came over the wire. */
export interface Frame {
  readonly final: boolean;
  /** The three reserved bits. */
  readonly reserved: number;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** The parts of a client's frame that a test can set, right or wrong. */
export interface FrameOptions {
  readonly final?: boolean;
  readonly reserved?: number;
  readonly masked?: boolean;
  /** The 4 bytes of the mask; random ones by default (RFC 6455 §5.3). */
  readonly key?: Uint8Array;
}

/** Formats a client's frame: masked, unless told otherwise (RFC 6455 §5.3). */
export function formatFrame(
  opcode: number,
  payload: string | Uint8Array = "",
  { final = true, reserved = 0, masked = true, key = randomBytes(4) }: FrameOptions = {},
): Buffer {
  const bytes = Buffer.from(payload as Uint8Array);
  const first = (final ? 0x80 : 0) | (reserved << 4) | opcode;
  const head = Buffer.concat([Buffer.from([first]), formatLength(bytes.length, masked)]);
  if (!masked) return Buffer.concat([head, bytes]);
  const cover = bytes.map((byte, index) => byte ^ (key[index & 3] ?? 0));
  return Buffer.concat([head, key, cover]);
}

/** Formats the payload of a Close frame: RFC 6455 §5.5.1. */
export function formatClose(code: number, reason = ""): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code);
  payload.write(reason, 2);
  return payload;
}

function formatLength(length: number, masked: boolean): Buffer {
  const maskBit = masked ? 0x80 : 0;
  if (length < 126) return Buffer.from([maskBit | length]);
  const head = Buffer.alloc(length < 65536 ? 3 : 9);
  head[0] = maskBit | (length < 65536 ? 126 : 127);
  if (length < 65536) head.writeUInt16BE(length, 1);
  else head.writeBigUInt64BE(BigInt(length), 1);
  return head;
}

/** A WebSocket client whose every byte the test decides. */
export class RawWebSocket implements Disposable {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #isClosed = false;
  #wake = Promise.withResolvers<void>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (data) => {
      this.#received = Buffer.concat([this.#received, data as Buffer]); // bytes, as no encoding is set
      this.#notify();
    });
    socket.on("close", () => {
      this.#isClosed = true;
      this.#notify();
    });
    socket.on("error", () => socket.destroy()); // a reset shows as a close
  }

  /** Connects and shakes hands; throws unless the answer is 101. */
  static async open(
    place: Place,
    target = "/websocket",
    connection: Socket = connectTo(place),
  ): Promise<RawWebSocket> {
    const socket = new RawWebSocket(connection);
    socket.write(formatHandshake(target));
    const head = await socket.#readUntil((received) => {
      const end = received.indexOf("\r\n\r\n");
      return end === -1 ? undefined : end + 4;
    });
    const statusLine = head?.toString("latin1").split("\r\n")[0];
    if (!statusLine?.startsWith("HTTP/1.1 101 ")) throw new Error(`refused: ${statusLine}`);
    return socket;
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  send(opcode: number, payload?: string | Uint8Array, options?: FrameOptions): void {
    this.write(formatFrame(opcode, payload, options));
  }

  /** Stops reading until `resume()`, as a slow client would. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Reads the next frame; `undefined` once the server has closed the connection. */
  async receive(): Promise<Frame | undefined> {
    const bytes = await this.#readUntil(frameLength);
    return bytes === undefined ? undefined : parseFrame(bytes);
  }

  /** Resolves when the server has closed the connection. */
  async closed(): Promise<void> {
    while (!this.#isClosed) await this.#wake.promise;
  }

  /** Ends the connection without a Close frame, with a reset. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  async #readUntil(measure: (received: Buffer) => number | undefined): Promise<Buffer | undefined> {
    for (;;) {
      const length = measure(this.#received);
      if (length !== undefined) {
        const bytes = this.#received.subarray(0, length);
        this.#received = this.#received.subarray(length);
        return bytes;
      }
      if (this.#isClosed) return undefined;
      await this.#wake.promise;
    }
  }

  #notify(): void {
    const { resolve } = this.#wake;
    this.#wake = Promise.withResolvers();
    resolve();
  }
}

/** Formats a handshake as in RFC 6455 §1.3. */
export function formatHandshake(
  target = "/websocket",
  fields: Readonly<Record<string, string | undefined>> = {},
): string {
  const all = {
    Host: "localhost",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    ...fields,
  };
  const lines = Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${target} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** Returns the length of the first frame; `undefined` if it is incomplete. */
function frameLength(bytes: Buffer): number | undefined {
  const { start, length } = payloadPlace(bytes);
  return bytes.length >= start + length ? start + length : undefined;
}

function payloadPlace(bytes: Buffer): { start: number; length: number } {
  const short = (bytes[1] ?? 0) & 0x7f;
  const start = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < start) return { start, length: 0 };
  if (short === 127) return { start, length: Number(bytes.readBigUInt64BE(2)) };
  return { start, length: short === 126 ? bytes.readUInt16BE(2) : short };
}

function parseFrame(bytes: Buffer): Frame {
  const first = bytes[0] ?? 0;
  return {
    final: (first & 0x80) !== 0,
    reserved: (first >> 4) & 7,
    opcode: first & 0x0f,
    payload: bytes.subarray(payloadPlace(bytes).start),
  };
}
