import type { FaultOptions, Ending } from "./fault-options.ts";

/** The operations on a connection that `Faults` needs. */
export interface FaultLine {
  /** Sends a message, and stops reading if the peer is behind. */
  readonly send: (message: Message) => void;
  /** Tells whether data waits to be sent. */
  readonly isBehind: () => boolean;
  /** Stops reading, because enough messages are held back. */
  readonly hold: () => void;
  /** Reads again after `hold`. */
  readonly release: () => void;
  /** Reads again, and ends the connection once all data is sent. */
  readonly end: (ending: Ending) => void;
  /** Closes the connection with 1013, as too many messages are held back. */
  readonly giveUp: () => void;
  /** Sends a Ping, which a live peer answers. */
  readonly ping: () => void;
  /** Ends the connection of a peer that has vanished. */
  readonly cutOff: () => void;
}

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

/**
 * A silent peer that gets ticks is pinged after 40 s and cut off after 100 s. Bun renews its idle
 * timer with every message that it sends, so it would not end the connection of a frozen peer, nor
 * that of a vanished one before the kernel does.
 */
const PING_AFTER_MS = 40_000;
const GONE_AFTER_MS = 100_000;

/** The bytes that all connections together hold back. */
export interface HeldTotal {
  bytes: number;
}

/** The connection, the clock and the shared total that `Faults` works with. */
export interface FaultSurroundings {
  readonly line: FaultLine;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** One object for all connections. */
  readonly total: HeldTotal;
}

/**
 * Injects faults into one connection, so that the author of a client can test it: late echoes, a
 * greeting, ticks, a close, a drop.
 */
export class Faults {
  readonly #options: FaultOptions;
  readonly #line: FaultLine;
  readonly #now: () => number;
  readonly #total: HeldTotal;
  #held: Held[] = [];
  #heldBytes = 0;
  #isHolding = false;
  #echoes = 0;
  #ticks = 0;
  #hasEnded = false;
  #heardMs: number;
  #isPinged = false;
  #release: NodeJS.Timeout | undefined;
  #ticker: NodeJS.Timeout | undefined;

  constructor(options: FaultOptions, { line, now, total }: FaultSurroundings) {
    this.#options = options;
    this.#line = line;
    this.#now = now;
    this.#total = total;
    this.#heardMs = now();
  }

  /** Tells whether reading has to stay off because enough messages are held back. */
  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** Starts when the connection opens: sends the greeting and begins to tick. */
  open(): void {
    const { greeting, everyMs } = this.#options;
    if (greeting !== undefined) this.#line.send(greeting);
    this.#endIfDue();
    if (everyMs !== undefined && !this.#hasEnded) {
      this.#ticker = setInterval(() => this.#tick(), everyMs);
    }
  }

  /** Notes that the peer has sent something, so that it is known to be alive. */
  heard(): void {
    this.#heardMs = this.#now();
    this.#isPinged = false;
  }

  /** Echoes a message, or holds it back until its time. */
  receive(message: Message): void {
    if (this.#hasEnded) return;
    this.heard();
    const { delayMs, jitterMs } = this.#options;
    if (delayMs === 0 && jitterMs === 0) return this.#echo(message);
    const dueMs = this.#now() + delayMs + Math.random() * jitterMs;
    // A message may not overtake the previous one.
    const last = this.#held.at(-1)?.dueMs ?? 0;
    this.#held.push({ message, dueMs: Math.max(dueMs, last) });
    this.#count(message.length);
    if (this.#isTooMuch()) return this.#giveUp();
    if (this.#isFull()) this.#hold();
    this.#release ??= this.#schedule();
  }

  /** Sends all messages that are held back and stops, as the server is shutting down. */
  flush(): void {
    for (const { message } of this.#held) this.#echo(message);
    this.stop();
  }

  /** Forgets all messages that are held back, and stops. */
  stop(): void {
    this.#hasEnded = true;
    this.#isHolding = false;
    this.#held = [];
    this.#count(-this.#heldBytes);
    clearTimeout(this.#release);
    clearInterval(this.#ticker);
  }

  #tick(): void {
    // While we do not read from the peer, its silence means nothing.
    const silentMs = this.#isHolding || this.#line.isBehind() ? 0 : this.#now() - this.#heardMs;
    if (silentMs >= GONE_AFTER_MS) return this.#line.cutOff();
    if (silentMs >= PING_AFTER_MS && !this.#isPinged) {
      this.#isPinged = true;
      this.#line.ping();
    }
    // No number is skipped: a peer that is behind gets the next one once it has caught up.
    if (!this.#line.isBehind()) this.#line.send(`tick ${++this.#ticks}`);
  }

  #echo(message: Message): void {
    if (this.#hasEnded) return;
    this.#line.send(message);
    this.#echoes++;
    this.#endIfDue();
  }

  #endIfDue(): void {
    const { ending } = this.#options;
    if (ending === undefined || this.#echoes < ending.after) return;
    this.stop();
    this.#line.end(ending);
  }

  #schedule(): NodeJS.Timeout | undefined {
    const [next] = this.#held;
    if (next === undefined) return undefined;
    return setTimeout(() => this.#sendDue(), Math.ceil(next.dueMs - this.#now()));
  }

  #sendDue(): void {
    const now = this.#now();
    const index = this.#held.findIndex(({ dueMs }) => dueMs > now);
    const due = this.#held.splice(0, index === -1 ? this.#held.length : index);
    for (const { message } of due) {
      if (this.#hasEnded) return;
      this.#count(-message.length);
      this.#echo(message);
    }
    if (this.#hasEnded) return;
    this.#release = this.#schedule();
    if (this.#isHolding && !this.#isFull()) this.#goOn();
  }

  #count(bytes: number): void {
    this.#heldBytes += bytes;
    this.#total.bytes += bytes;
  }

  /** Tells whether to stop reading; a connection that holds nothing back proceeds in any case. */
  #isFull(): boolean {
    const isMuchTogether = this.#held.length > 0 && this.#total.bytes >= MUCH_HELD_TOGETHER;
    const isMuch = this.#heldBytes >= MAX_HELD_BYTES || this.#held.length >= MAX_HELD_MESSAGES;
    return isMuch || isMuchTogether;
  }

  #isTooMuch(): boolean {
    const isGreedy = this.#heldBytes > MAX_HELD_BYTES && this.#total.bytes > MAX_HELD_TOGETHER;
    return isGreedy || this.#heldBytes > MAX_HELD_BYTES_AT_ALL;
  }

  #hold(): void {
    if (this.#isHolding) return;
    this.#isHolding = true;
    this.#line.hold();
  }

  #goOn(): void {
    this.#isHolding = false;
    this.#line.release();
  }

  #giveUp(): void {
    this.stop();
    this.#line.giveUp();
  }
}
