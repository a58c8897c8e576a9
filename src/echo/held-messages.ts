/** A WebSocket message: text or binary. */
export type Message = string | Buffer<ArrayBuffer>;

/**
 * The most bytes of a message that is copied into one buffer with others: an object for each takes up to 470
 * bytes, and with a million of them a collection holds up the event loop for a second.
 */
export const PACKED_BYTES = 16 * 1024;

/** The head of a message in the buffer: when it is due, its kind, and its length in bytes. */
const KIND_AT = 8;
const LENGTH_AT = 9;
const HEAD_BYTES = 13;

const TEXT = 1;
const BINARY = 2;
/** The message is not in the buffer, as it is larger than `PACKED_BYTES`. */
const APART = 3;

/** The least size of the buffer, which is kept when it is empty, and counts as part of the connection. */
const LEAST_BYTES = 1024;

/** The messages of one connection that wait for their time, in the order in which they came. */
export class HeldMessages {
  #buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  readonly #apart: Message[] = [];
  #apartBytes = 0;
  #count = 0;
  #lastDueMs = 0;

  /** The number of messages. */
  get count(): number {
    return this.#count;
  }

  /** The memory that the messages take, in bytes. */
  get bytes(): number {
    const { length } = this.#buffer;
    return (length > LEAST_BYTES ? length : 0) + this.#apartBytes;
  }

  /** When the first message is due, in milliseconds; `undefined` if none waits. */
  get dueMs(): number | undefined {
    return this.#count === 0 ? undefined : this.#buffer.readDoubleLE(this.#start);
  }

  /** Holds a message until its time, but not for less than the one before it. */
  add(message: Message, dueMs: number): void {
    this.#count++;
    // A message may not overtake the previous one.
    this.#lastDueMs = Math.max(dueMs, this.#lastDueMs);
    const bytes = Buffer.byteLength(message);
    if (bytes <= PACKED_BYTES) return this.#pack(message, bytes);
    this.#addHead(APART, 0);
    this.#apart.push(message);
    this.#apartBytes += memoryOf(message, bytes);
  }

  /**
   * Takes the first message out if it is due, and passes it on.
   *
   * @param use gets the message, whose bytes it may read until it returns
   * @returns whether a message was due
   */
  take(nowMs: number, use: (message: Message) => void): boolean {
    const { dueMs } = this;
    if (dueMs === undefined || dueMs > nowMs) return false;
    const message = this.#remove();
    use(message);
    if (this.#count === 0) this.#shrink();
    return true;
  }

  #remove(): Message {
    const length = this.#buffer.readUInt32LE(this.#start + LENGTH_AT);
    const kind = this.#buffer[this.#start + KIND_AT];
    const from = this.#start + HEAD_BYTES;
    this.#start = from + length;
    this.#count--;
    if (kind === TEXT) return this.#buffer.toString("utf8", from, from + length);
    if (kind === BINARY) return this.#buffer.subarray(from, from + length);
    const message = this.#apart.shift() ?? "";
    this.#apartBytes -= memoryOf(message, Buffer.byteLength(message));
    return message;
  }

  #pack(message: Message, bytes: number): void {
    this.#addHead(typeof message === "string" ? TEXT : BINARY, bytes);
    if (typeof message === "string") this.#buffer.write(message, this.#end);
    else message.copy(this.#buffer, this.#end);
    this.#end += bytes;
  }

  /** Adds the head of a message, with room for its content. */
  #addHead(kind: number, bytes: number): void {
    this.#makeRoom(HEAD_BYTES + bytes);
    this.#buffer.writeDoubleLE(this.#lastDueMs, this.#end);
    this.#buffer[this.#end + KIND_AT] = kind;
    this.#buffer.writeUInt32LE(bytes, this.#end + LENGTH_AT);
    this.#end += HEAD_BYTES;
  }

  #makeRoom(bytes: number): void {
    const before = this.#buffer;
    if (this.#end + bytes <= before.length) return;
    const used = this.#end - this.#start;
    if (used + bytes <= before.length / 2) {
      before.copyWithin(0, this.#start, this.#end);
    } else {
      this.#buffer = Buffer.allocUnsafeSlow(Math.max(LEAST_BYTES, 2 * (used + bytes)));
      before.copy(this.#buffer, 0, this.#start, this.#end);
      before.buffer.transfer(0);
    }
    this.#start = 0;
    this.#end = used;
  }

  /** Frees a buffer that was made for more than a few messages. */
  #shrink(): void {
    this.#start = 0;
    this.#end = 0;
    if (this.#buffer.length === LEAST_BYTES) return;
    this.#buffer.buffer.transfer(0);
    this.#buffer = Buffer.alloc(0);
  }
}

/** Returns the memory of a message in bytes: Bun keeps a text with anything beyond ASCII in UTF-16. */
function memoryOf(message: Message, bytes: number): number {
  const { length } = message;
  return typeof message === "string" && bytes !== length ? 2 * length : length;
}
