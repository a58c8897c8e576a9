import { randomBytes } from "node:crypto";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { formatHandshake } from "./raw-websocket.ts";
import { connectSecurely, connectTo } from "./transport.ts";

/** The size and the kind of a flood: numbered messages from a client that reads nothing at first. */
export interface FloodOptions {
  readonly port: number;
  readonly messageBytes: number;
  readonly messages: number;
  /** How long, in milliseconds, the client only writes. */
  readonly silentMs: number;
  /** Compress each message (RFC 7692); rejects if the server does not agree to that. */
  readonly deflate?: boolean;
  /** Fill the messages with random bytes, which cannot be compressed, instead of one byte. */
  readonly random?: boolean;
  /** Send text of one-byte characters. */
  readonly text?: boolean;
  /** Use TLS, whatever the transport of this run is. */
  readonly tls?: boolean;
  /** Called whenever more has come back, with the number of messages so far. */
  readonly onProgress?: (messages: number) => void;
}

const TEXT = 0x81;
const BINARY = 0x82;
const COMPRESSED = 0x40;
const MASKED = 0x80;

/** The first bytes of a message, which have its number: in binary or, in a text, to base 36. */
export const NUMBER_BYTES = 4;

const FIRST_LETTER = 97;
const LETTERS = 26;

/** The number of bytes in a write. */
const BATCH_BYTES = 256 * 1024;

/** Each message is compressed by itself, so that it can be checked by itself. */
const DEFLATE = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/** The end of a flushed deflate block, which a message leaves out: RFC 7692 §7.2.1. */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/**
 * Floods an echo and checks each byte that comes back. Resolves with the number of messages that came
 * back in order; rejects at the first that is missing, out of order or altered.
 */
export function flood(options: FloodOptions): Promise<number> {
  const { port, messages, silentMs, deflate = false, tls = false, onProgress } = options;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const socket = tls ? connectSecurely(port) : connectTo(port);
  const sender = new Sender(options);
  const reader = deflate ? new CompressedReader(sender) : new PlainReader(sender);
  let isOpen = false;
  const write = () => {
    while (sender.sent < messages && socket.write(sender.nextBatch()));
  };
  const open = (head: string) => {
    if (!head.startsWith("HTTP/1.1 101 ")) throw new Error(`refused: ${head}`);
    if (deflate && !/permessage-deflate/i.test(head)) throw new Error("no compression agreed on");
    isOpen = true;
    socket.pause();
    setTimeout(() => socket.resume(), silentMs);
    socket.on("drain", write);
    write();
  };
  socket.on("data", (data) => {
    const chunk = data as Buffer; // bytes, as no encoding is set

    try {
      if (isOpen) reader.read(chunk);
      // Nothing follows the head of the 101: the server speaks only when spoken to.
      else open(chunk.toString("latin1"));
      onProgress?.(reader.messages);
      if (reader.messages === messages) socket.destroy();
    } catch (error) {
      reject(error);
      socket.destroy();
    }
  });
  socket.on("error", reject);
  socket.on("close", () => resolve(reader.messages));
  socket.write(
    formatHandshake("/websocket", deflate ? { "Sec-WebSocket-Extensions": DEFLATE } : {}),
  );
  return promise;
}

/** Makes the messages, no two of which are the same in a row. */
class Sender {
  sent = 0;
  /** The first byte of a frame that is not compressed. */
  readonly first: number;
  readonly #options: FloodOptions;
  readonly #filling: Buffer | undefined;

  constructor(options: FloodOptions) {
    this.#options = options;
    this.first = options.text === true ? TEXT : BINARY;
    this.#filling = options.random === true ? randomBytes(options.messageBytes) : undefined;
  }

  /** Makes the frames of the next write. */
  nextBatch(): Buffer {
    const { messageBytes, messages } = this.#options;
    const frames: Buffer[] = [];
    const end = Math.min(this.sent + Math.ceil(BATCH_BYTES / messageBytes), messages);
    for (; this.sent < end; this.sent++) frames.push(...this.#formatFrame(this.sent));
    return Buffer.concat(frames);
  }

  /** Makes a payload: the number, as far as it fits, then random bytes or one that depends on it. */
  payload(index: number): Buffer {
    const { messageBytes, text = false } = this.#options;
    const one = text ? FIRST_LETTER + (index % LETTERS) : index & 0xff;
    const payload = Buffer.alloc(messageBytes, this.#filling ?? one);
    if (messageBytes < NUMBER_BYTES) payload[0] = one;
    else if (text) payload.write(index.toString(36).padStart(NUMBER_BYTES, "0"), "latin1");
    else payload.writeUInt32LE(index);
    return payload;
  }

  #formatFrame(index: number): readonly [Buffer, Buffer] {
    const payload = this.payload(index);
    if (this.#options.deflate !== true)
      return [formatHead(this.first, payload.length, MASKED), payload];
    const compressed = compress(payload);
    return [formatHead(this.first | COMPRESSED, compressed.length, MASKED), compressed];
  }
}

/** Formats the head of a frame; a client's has a mask of zeros, which leaves the payload unchanged. */
function formatHead(first: number, bytes: number, mask: 0 | typeof MASKED): Buffer {
  const extended = bytes < 126 ? 0 : bytes < 65536 ? 2 : 8;
  const head = Buffer.alloc(2 + extended + (mask === MASKED ? 4 : 0));
  head[0] = first;
  head[1] = mask | (extended === 0 ? bytes : extended === 2 ? 126 : 127);
  if (extended === 2) head.writeUInt16BE(bytes, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(bytes), 2);
  return head;
}

function compress(payload: Buffer): Buffer {
  const flushed = deflateRawSync(payload, { level: 1, finishFlush: constants.Z_SYNC_FLUSH });
  return flushed.subarray(0, -TAIL.length);
}

function inflate(compressed: Buffer): Buffer {
  const flushed = Buffer.concat([compressed, TAIL]);
  return inflateRawSync(flushed, { finishFlush: constants.Z_SYNC_FLUSH });
}

function failAt(index: number): never {
  throw new Error(`message ${index} came back altered or out of order`);
}

/** Compares the echoes with the messages, including the heads of frames, without keeping them. */
class PlainReader {
  messages = 0;
  readonly #sender: Sender;
  #expected: Buffer;
  #position = 0;

  constructor(sender: Sender) {
    this.#sender = sender;
    this.#expected = this.#expect(0);
  }

  read(chunk: Buffer): void {
    for (let position = 0; position < chunk.length;) {
      const length = Math.min(chunk.length - position, this.#expected.length - this.#position);
      const wanted = this.#expected.subarray(this.#position, this.#position + length);
      if (!chunk.subarray(position, position + length).equals(wanted)) failAt(this.messages);
      position += length;
      this.#position += length;
      if (this.#position === this.#expected.length) this.#next();
    }
  }

  #next(): void {
    this.messages++;
    this.#position = 0;
    this.#expected = this.#expect(this.messages);
  }

  #expect(index: number): Buffer {
    const payload = this.#sender.payload(index);
    return Buffer.concat([formatHead(this.#sender.first, payload.length, 0), payload]);
  }
}

/** Compares echoes that may be compressed: each one when it is complete. */
class CompressedReader {
  messages = 0;
  readonly #sender: Sender;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** The length of the current frame as far as it is known; a head of two bytes tells more. */
  #neededBytes = 2;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  read(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#neededBytes) return;
    let rest = Buffer.concat(this.#chunks);
    for (;;) {
      const frame = splitFrame(rest);
      this.#neededBytes = frame.neededBytes;
      if (frame.payload === undefined) break;
      this.#check(frame.payload, (rest[0] ?? 0) ^ this.#sender.first);
      rest = rest.subarray(frame.neededBytes);
    }
    this.#chunks = [rest];
    this.#bytes = rest.length;
  }

  #check(payload: Buffer, flags: number): void {
    const message = flags === COMPRESSED ? inflate(payload) : payload;
    const isKnown = flags === COMPRESSED || flags === 0;
    if (!isKnown || !message.equals(this.#sender.payload(this.messages))) failAt(this.messages);
    this.messages++;
  }
}

/** Returns the payload of the first frame if it is complete, and otherwise the least length it needs. */
function splitFrame(bytes: Buffer): { neededBytes: number; payload: Buffer | undefined } {
  const short = bytes[1] ?? 0;
  const start = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < start) return { neededBytes: start, payload: undefined };
  const length =
    short === 127
      ? Number(bytes.readBigUInt64BE(2))
      : short === 126
        ? bytes.readUInt16BE(2)
        : short;
  const neededBytes = start + length;
  const isComplete = bytes.length >= neededBytes;
  return { neededBytes, payload: isComplete ? bytes.subarray(start, neededBytes) : undefined };
}
