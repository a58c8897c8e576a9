import type { Delayed, Delays } from "./delays.ts";
import type { FaultOptions } from "./fault-options.ts";
import { HeldMessages, type Message } from "./held-messages.ts";

/** The operations on a connection that `Delay` needs. */
export interface DelayLine {
  /** Sends an echo whose time has come. */
  readonly echo: (message: Message) => void;
  /** Stops reading. */
  readonly hold: () => void;
  /** Reads again after `hold`. */
  readonly release: () => void;
  /** Closes the connection with 1013, as it holds too many messages back. */
  readonly giveUp: () => void;
  /** Frees the memory of a message that is not needed any more. */
  readonly free: (message: Message) => void;
}

/** The connection, the clock and the shared limits that `Delay` works with. */
export interface DelaySurroundings {
  readonly line: DelayLine;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** One object for all connections. */
  readonly delays: Delays;
}

/** The limits of a connection, in bytes and messages held back, from which on nothing more is read from it. */
const MUCH_HELD_BYTES = 1024 * 1024;
const MANY_HELD_MESSAGES = 4096;

/**
 * The most bytes held back, beyond which a connection is closed. After a pause up to 512 KiB still arrive (Bun:
 * read-after-pause); a thousandfold compression of that is no honest test.
 */
const MAX_HELD_BYTES = 64 * 1024 * 1024;

/** Holds the messages of one connection back until their time. */
export class Delay implements Delayed {
  readonly #options: Pick<FaultOptions, "delayMs" | "jitterMs">;
  readonly #line: DelayLine;
  readonly #now: () => number;
  readonly #delays: Delays;
  readonly #held = new HeldMessages();
  #counted = 0;
  /** It holds back as much as it may. */
  #isFull = false;
  /** Enough was read in this turn of the event loop. */
  #isPaused = false;
  #isReading = true;
  #hasEnded = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    options: Pick<FaultOptions, "delayMs" | "jitterMs">,
    { line, now, delays }: DelaySurroundings,
  ) {
    this.#options = options;
    this.#line = line;
    this.#now = now;
    this.#delays = delays;
    delays.join(this);
  }

  /** The memory that its messages take, in bytes. */
  get heldBytes(): number {
    return this.#held.bytes;
  }

  /** Tells whether reading has to stay off. */
  get isHolding(): boolean {
    return !this.#isReading;
  }

  /** Holds a message until its time. */
  receive(message: Message): void {
    const { delayMs, jitterMs } = this.#options;
    this.#held.add(message, this.#now() + delayMs + Math.random() * jitterMs);
    this.#count();
    this.#delays.noteRead(this, message.length);
    if (this.#held.bytes > MAX_HELD_BYTES) this.giveUp();
    if (this.#hasEnded) return;
    if (this.#isMuch()) this.#isFull = true;
    this.#adjustReading();
    this.#timer ??= this.#schedule();
  }

  /** Sends all messages at once, as the server is shutting down, and stops. */
  flush(): void {
    while (this.#sendFirst(Infinity));
    this.stop();
  }

  /** Frees all messages, and stops. */
  stop(): void {
    this.#hasEnded = true;
    this.#isReading = true;
    clearTimeout(this.#timer);
    while (this.#take(Infinity, this.#line.free));
    this.#delays.leave(this);
  }

  pauseReading(): void {
    this.#isPaused = true;
    this.#adjustReading();
  }

  readOn(): void {
    this.#isPaused = false;
    this.#adjustReading();
  }

  sendOne(): boolean {
    return this.#sendFirst(this.#now());
  }

  caughtUp(): void {
    if (this.#hasEnded) return;
    if (!this.#isMuch()) this.#isFull = false;
    this.#adjustReading();
    this.#timer = this.#schedule();
  }

  giveUp(): void {
    this.#line.giveUp();
  }

  /** Sends the first message if it is due by then; tells whether the next one is, too. */
  #sendFirst(nowMs: number): boolean {
    const wasDue = this.#take(nowMs, (message) => {
      this.#line.echo(message);
      this.#line.free(message);
    });
    return wasDue && (this.#held.dueMs ?? Infinity) <= nowMs;
  }

  #take(nowMs: number, use: (message: Message) => void): boolean {
    const wasDue = this.#held.take(nowMs, use);
    this.#count();
    return wasDue;
  }

  /** Counts what is held more, or less, than at the last count. */
  #count(): void {
    const { bytes } = this.#held;
    const more = bytes - this.#counted;
    this.#counted = bytes;
    this.#delays.count(more);
  }

  #schedule(): NodeJS.Timeout | undefined {
    const { dueMs } = this.#held;
    if (dueMs === undefined) return undefined;
    const waitMs = Math.max(0, Math.ceil(dueMs - this.#now()));
    return setTimeout(() => this.#delays.send(this), waitMs);
  }

  /** Tells whether to stop reading; a connection that holds nothing back proceeds in any case. */
  #isMuch(): boolean {
    const { bytes, count } = this.#held;
    if (bytes >= MUCH_HELD_BYTES || count >= MANY_HELD_MESSAGES) return true;
    return count > 0 && this.#delays.isMuchHeld;
  }

  #adjustReading(): void {
    const mayRead = !this.#isFull && !this.#isPaused;
    if (mayRead === this.#isReading || this.#hasEnded) return;
    this.#isReading = mayRead;
    if (mayRead) this.#line.release();
    else this.#line.hold();
  }
}
