/** A WebSocket message: text or binary. */
export type Message = string | Buffer<ArrayBuffer>;

interface Held {
  readonly message: Message;
  readonly dueMs: number;
}

/** The limits of a connection: once it holds back so much, nothing more is read from it. */
const MAX_HELD_BYTES = 1024 * 1024;
const MAX_HELD_MESSAGES = 4096;

/**
 * The limit beyond which a connection is closed. After a pause up to 512 KiB still arrive (Bun:
 * read-after-pause); a thousandfold compression of that is no honest test.
 */
const MAX_HELD_BYTES_AT_ALL = 64 * 1024 * 1024;

/**
 * Once all connections together hold so many bytes, each stops reading with its next message:
 * otherwise a thousand of them, sending as fast as they can, would hold a gigabyte.
 */
const MUCH_HELD_TOGETHER = 256 * 1024 * 1024;

/**
 * Once all connections together hold more than this, those with more than `MAX_HELD_BYTES` are closed:
 * by sending 16 KB that inflate to 16 MB, some dozens of them would exhaust the memory.
 */
const MAX_HELD_TOGETHER = 512 * 1024 * 1024;

/** The bytes that all connections together hold back. */
export interface HeldTotal {
  bytes: number;
}

/** The messages of one connection that wait for their time, in the order in which they came. */
export class HeldMessages {
  readonly #total: HeldTotal;
  #held: Held[] = [];
  #bytes = 0;

  /** @param total one object for all connections */
  constructor(total: HeldTotal) {
    this.#total = total;
  }

  /** When the first message is due, in milliseconds; `undefined` if none waits. */
  get dueMs(): number | undefined {
    return this.#held[0]?.dueMs;
  }

  /** Tells whether to stop reading; a connection that holds nothing back proceeds in any case. */
  get isFull(): boolean {
    const isMuchTogether = this.#held.length > 0 && this.#total.bytes >= MUCH_HELD_TOGETHER;
    const isMuch = this.#bytes >= MAX_HELD_BYTES || this.#held.length >= MAX_HELD_MESSAGES;
    return isMuch || isMuchTogether;
  }

  /** Tells whether to close the connection. */
  get isTooMuch(): boolean {
    const isGreedy = this.#bytes > MAX_HELD_BYTES && this.#total.bytes > MAX_HELD_TOGETHER;
    return isGreedy || this.#bytes > MAX_HELD_BYTES_AT_ALL;
  }

  /** Holds a message until its time, but not for less than the one before it. */
  add(message: Message, dueMs: number): void {
    // A message may not overtake the previous one.
    const last = this.#held.at(-1)?.dueMs ?? 0;
    this.#held.push({ message, dueMs: Math.max(dueMs, last) });
    this.#count(message.length);
  }

  /** Takes the messages that are due out. */
  take(nowMs: number): readonly Message[] {
    const index = this.#held.findIndex(({ dueMs }) => dueMs > nowMs);
    const due = this.#held.splice(0, index === -1 ? this.#held.length : index);
    this.#count(-due.reduce((bytes, { message }) => bytes + message.length, 0));
    return due.map(({ message }) => message);
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#total.bytes += bytes;
  }
}
