import type { FaultOptions, Ending } from "./fault-options.ts";
import { HeldMessages, type HeldTotal, type Message } from "./held-messages.ts";

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

/**
 * A silent peer that gets ticks is pinged after 40 s and cut off after 100 s. Bun renews its idle
 * timer with every message that it sends, so it would not end the connection of a frozen peer, nor
 * that of a vanished one before the kernel does.
 */
const PING_AFTER_MS = 40_000;
const GONE_AFTER_MS = 100_000;

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
  readonly #held: HeldMessages;
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
    this.#held = new HeldMessages(total);
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
    this.#held.add(message, this.#now() + delayMs + Math.random() * jitterMs);
    if (this.#held.isTooMuch) return this.#giveUp();
    if (this.#held.isFull) this.#hold();
    this.#release ??= this.#schedule();
  }

  /** Sends all messages that are held back and stops, as the server is shutting down. */
  flush(): void {
    for (const message of this.#held.take(Infinity)) this.#echo(message);
    this.stop();
  }

  /** Forgets all messages that are held back, and stops. */
  stop(): void {
    this.#hasEnded = true;
    this.#isHolding = false;
    this.#held.take(Infinity);
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
    const { dueMs } = this.#held;
    if (dueMs === undefined) return undefined;
    return setTimeout(() => this.#sendDue(), Math.ceil(dueMs - this.#now()));
  }

  #sendDue(): void {
    for (const message of this.#held.take(this.#now())) {
      if (this.#hasEnded) return;
      this.#echo(message);
    }
    if (this.#hasEnded) return;
    this.#release = this.#schedule();
    if (this.#isHolding && !this.#held.isFull) this.#goOn();
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
