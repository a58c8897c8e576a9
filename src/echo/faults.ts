import type { FaultOptions, Ending } from "./fault-options.ts";

/** What an injection of faults may do to its connection. */
export interface FaultLine {
  /** Queues a message, and stops reading if the peer is behind. */
  readonly send: (message: Message) => void;
  /** Whether something waits to be sent. */
  readonly isBehind: () => boolean;
  /** Stops reading until `release`, because enough is held back. */
  readonly hold: () => void;
  readonly release: () => void;
  /** Ends the connection when all that was sent before has gone out, and reads again for that. */
  readonly end: (ending: Ending) => void;
  /** Ends it with 1013 where what is held back would grow without bound. */
  readonly giveUp: () => void;
  /** Sends a Ping, which a peer that is there answers. */
  readonly ping: () => void;
  /** Cuts off a peer that is not there any more. */
  readonly cutOff: () => void;
}

export type Message = string | Buffer<ArrayBuffer>;

interface Held {
  readonly message: Message;
  readonly dueMs: number;
}

/** What may wait for its time before no more is read; a single message may be larger. */
const MAX_HELD_BYTES = 1024 * 1024;
const MAX_HELD_MESSAGES = 4096;

/**
 * After the pause Bun 1.4.5 still delivers up to 512 KiB that it has read already; compressed, that
 * may be a thousand times as much, and is no honest test.
 */
const MAX_HELD_BYTES_AT_ALL = 64 * 1024 * 1024;

/**
 * From so many bytes on that all connections hold together, each stops reading with its next
 * message: a thousand that send for all they are worth would hold a gigabyte.
 */
const MUCH_HELD_TOGETHER = 256 * 1024 * 1024;

/**
 * Beyond this, who holds more than `MAX_HELD_BYTES` is given up: with 16 KB that inflate to 16 MB,
 * some dozens of connections would take all the memory there is.
 */
const MAX_HELD_TOGETHER = 512 * 1024 * 1024;

/**
 * A peer that ticks are sent to is pinged after so many milliseconds of silence, and cut off after so
 * many more. Bun 1.4.5 renews its idle timer with every message that it sends, so by itself it would
 * go on for as long as the kernel tries to deliver them, or takes them for a peer that is frozen.
 */
const PING_AFTER_MS = 40_000;
const GONE_AFTER_MS = 100_000;

/** What all connections hold back together. */
export interface HeldTotal {
  bytes: number;
}

/** What fault injection works with. */
export interface FaultSurroundings {
  readonly line: FaultLine;
  /** Milliseconds, never going back. */
  readonly now: () => number;
  /** The same for all connections. */
  readonly total: HeldTotal;
}

/**
 * Acts out, for one connection, what a client's author wants to see it survive: late echoes, a
 * server that speaks first and meanwhile, one that closes, one that vanishes.
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

  /** Whether reading has to stay off because of what is held back. */
  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** The connection is open: says what it has to say unasked. */
  open(): void {
    const { greeting, everyMs } = this.#options;
    if (greeting !== undefined) this.#line.send(greeting);
    this.#endIfDue();
    if (everyMs !== undefined && !this.#hasEnded) {
      this.#ticker = setInterval(() => this.#tick(), everyMs);
    }
  }

  /** The peer has sent something, and so is there. */
  heard(): void {
    this.#heardMs = this.#now();
    this.#isPinged = false;
  }

  /** A message came in. */
  receive(message: Message): void {
    if (this.#hasEnded) return;
    this.heard();
    const { delayMs, jitterMs } = this.#options;
    if (delayMs === 0 && jitterMs === 0) return this.#echo(message);
    const dueMs = this.#now() + delayMs + Math.random() * jitterMs;
    // None may overtake the one before it.
    const last = this.#held.at(-1)?.dueMs ?? 0;
    this.#held.push({ message, dueMs: Math.max(dueMs, last) });
    this.#count(message.length);
    if (this.#isTooMuch()) return this.#giveUp();
    if (this.#isFull()) this.#hold();
    this.#release ??= this.#schedule();
  }

  /** The server is shutting down: what is held back goes out now, and nothing more is said. */
  flush(): void {
    for (const { message } of this.#held) this.#echo(message);
    this.stop();
  }

  /** The connection is gone. */
  stop(): void {
    this.#hasEnded = true;
    this.#isHolding = false;
    this.#held = [];
    this.#count(-this.#heldBytes);
    clearTimeout(this.#release);
    clearInterval(this.#ticker);
  }

  #tick(): void {
    // While nothing is read from the peer it cannot be heard.
    const silentMs = this.#isHolding || this.#line.isBehind() ? 0 : this.#now() - this.#heardMs;
    if (silentMs >= GONE_AFTER_MS) return this.#line.cutOff();
    if (silentMs >= PING_AFTER_MS && !this.#isPinged) {
      this.#isPinged = true;
      this.#line.ping();
    }
    // No number is left out: a peer that is behind is told the next one when it has caught up.
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

  /** One that holds nothing never is: so each gets on, however much the others hold. */
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
