import { formatHandshake } from "./raw-websocket.ts";
import { connectTo } from "./transport.ts";

/** A flood of numbered messages from a client that reads nothing at first. */
export interface FloodOptions {
  readonly port: number;
  readonly messageBytes: number;
  readonly messages: number;
  /** How long, in milliseconds, the client only writes. */
  readonly silentMs: number;
  /** Called whenever some more has come back, with the number of messages that did. */
  readonly onProgress?: (messages: number) => void;
}

const BINARY = 0x82;
const MASKED = 0x80;

/** How much is handed to the socket at once. */
const BATCH_BYTES = 256 * 1024;

/**
 * Sends the messages, reads them back, and checks each byte: resolves with the number that came
 * back in order, rejects at the first that is missing, out of order or altered.
 */
export function flood(options: FloodOptions): Promise<number> {
  const { port, messages, silentMs, onProgress } = options;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const socket = connectTo(port);
  const reader = new EchoReader(options);
  let isOpen = false;
  let sent = 0;
  const write = () => {
    while (sent < messages) {
      const batch = formatBatch(options, sent);
      sent += batch.messages;
      if (!socket.write(batch.bytes)) return;
    }
  };
  const open = () => {
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
      else if (chunk.toString("latin1").startsWith("HTTP/1.1 101 ")) open();
      onProgress?.(reader.messages);
      if (reader.messages === messages) socket.destroy();
    } catch (error) {
      reject(error);
      socket.destroy();
    }
  });
  socket.on("error", reject);
  socket.on("close", () => resolve(reader.messages));
  socket.write(formatHandshake());
  return promise;
}

function formatBatch({ messageBytes, messages }: FloodOptions, first: number) {
  const count = Math.min(Math.ceil(BATCH_BYTES / messageBytes), messages - first);
  const frames: Buffer[] = [];
  for (let index = first; index < first + count; index++) {
    frames.push(formatHead(messageBytes, true), formatPayload(messageBytes, index));
  }
  return { messages: count, bytes: Buffer.concat(frames) };
}

/** The message's number, as far as it fits, and then the number's last byte over and over. */
function formatPayload(bytes: number, index: number): Buffer {
  const payload = Buffer.alloc(bytes, index & 0xff);
  if (bytes >= 4) payload.writeUInt32LE(index);
  return payload;
}

/** A client's frame is masked with a key of zeros, which leaves the payload as it is. */
function formatHead(bytes: number, isClient: boolean): Buffer {
  const extended = bytes < 126 ? 0 : bytes < 65536 ? 2 : 8;
  const head = Buffer.alloc(2 + extended + (isClient ? 4 : 0));
  head[0] = BINARY;
  head[1] = (isClient ? MASKED : 0) | (extended === 0 ? bytes : extended === 2 ? 126 : 127);
  if (extended === 2) head.writeUInt16BE(bytes, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(bytes), 2);
  return head;
}

/** Compares what comes back with what has to, without keeping it. */
class EchoReader {
  messages = 0;
  readonly #options: FloodOptions;
  #expected: Buffer;
  #position = 0;

  constructor(options: FloodOptions) {
    this.#options = options;
    this.#expected = this.#expect(0);
  }

  read(chunk: Buffer): void {
    for (let position = 0; position < chunk.length;) {
      const length = Math.min(chunk.length - position, this.#expected.length - this.#position);
      const wanted = this.#expected.subarray(this.#position, this.#position + length);
      if (!chunk.subarray(position, position + length).equals(wanted)) {
        throw new Error(`message ${this.messages} came back altered or out of order`);
      }
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
    const { messageBytes } = this.#options;
    return Buffer.concat([formatHead(messageBytes, false), formatPayload(messageBytes, index)]);
  }
}
