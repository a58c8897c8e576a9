import { Delay, type DelayLine } from "./delay.ts";
import type { Delays } from "./delays.ts";
import type { FaultOptions, Ending } from "./fault-options.ts";
import type { Message } from "./held-messages.ts";

/** The operations on a connection that `Faults` needs. */
export interface FaultLine extends Omit<DelayLine, "echo"> {
  /** Sends a message, and stops reading if the peer is behind. */
  readonly send: (message: Message) => void;
  /** Tells whether data waits to be sent. */
  readonly isBehind: () => boolean;
  /** Reads again, and ends the connection once all data is sent. */
  readonly end: (ending: Ending) => void;
  /** Sends a Ping, which a live peer answers. */
  readonly ping: () => void;
  /** Ends the connection of a peer that has vanished. */
  readonly cutOff: () => void;
}

/**
 * How long (ms) a peer that gets ticks may be silent before it is pinged, and before it is cut off. Bun renews
 * its idle timer with every message that it sends, so it would not end the connection of a frozen peer, nor
 * that of a vanished one before the kernel does.
 */
const PING_AFTER_MS = 40_000;
const GONE_AFTER_MS = 100_000;

/** The connection, the clock and the shared limits that `Faults` works with. */
export interface FaultSurroundings {
  readonly line: FaultLine;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** One object for all connections. */
  readonly delays: Delays;
}

/**
 * Injects faults into one connection, so that the author of a client can test it: late echoes, a
 * greeting, ticks, a close, a drop.
 */
export class Faults {
  readonly #options: FaultOptions;
  readonly #line: FaultLine;
  readonly #now: () => number;
  /** Holds echoes back; `undefined` if they are sent at once. */
  readonly #delay: Delay | undefined;
  #echoes = 0;
  #ticks = 0;
  #hasEnded = false;
  #heardMs: number;
  #isPinged = false;
  #ticker: NodeJS.Timeout | undefined;

  constructor(options: FaultOptions, { line, now, delays }: FaultSurroundings) {
    this.#options = options;
    this.#line = line;
    this.#now = now;
    const isDelayed = options.delayMs > 0 || options.jitterMs > 0;
    this.#delay = isDelayed
      ? new Delay(options, { line: this.#delayLine(), now, delays })
      : undefined;
    this.#heardMs = now();
  }

  /** Tells whether reading has to stay off because enough messages are held back. */
  get isHolding(): boolean {
    return this.#delay?.isHolding === true;
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
    if (this.#hasEnded) return this.#line.free(message);
    this.heard();
    if (this.#delay !== undefined) return this.#delay.receive(message);
    this.#echo(message);
    this.#line.free(message);
  }

  /** Sends all messages that are held back and stops, as the server is shutting down. */
  flush(): void {
    this.#delay?.flush();
    this.stop();
  }

  /** Forgets all messages that are held back, and stops. */
  stop(): void {
    this.#hasEnded = true;
    this.#delay?.stop();
    clearInterval(this.#ticker);
  }

  #tick(): void {
    // While we do not read from the peer, its silence means nothing.
    const silentMs = this.isHolding || this.#line.isBehind() ? 0 : this.#now() - this.#heardMs;
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

  #delayLine(): DelayLine {
    const { hold, release, free, giveUp } = this.#line;
    return {
      echo: (message) => this.#echo(message),
      hold,
      release,
      free,
      giveUp: () => {
        this.stop();
        giveUp();
      },
    };
  }
}
