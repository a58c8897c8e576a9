/** A connection that holds messages back, as `Delays` sees it. */
export interface Delayed {
  /** The memory that its messages take. */
  readonly heldBytes: number;
  /** Stops reading until `readOn`, as enough was read in this turn of the event loop. */
  readonly pauseReading: () => void;
  /** Reads again, unless it holds back as much as it may. */
  readonly readOn: () => void;
  /** Sends its first message if that is due; tells whether the next one is due too. */
  readonly sendOne: () => boolean;
  /** Called when no message is due any more. */
  readonly caughtUp: () => void;
  /** Frees its messages and closes the connection, as it holds more than any other. */
  readonly giveUp: () => void;
}

/** The bytes, held by all connections together, from which on each stops reading with its next message. */
const MUCH_HELD_IN_ALL_BYTES = 256 * 1024 * 1024;

/**
 * The most bytes that all connections together hold. Beyond it the connection that holds the most is
 * closed: by sending 16 KB that inflate to 16 MB, some dozens of them would exhaust the memory.
 */
const MAX_HELD_IN_ALL_BYTES = 512 * 1024 * 1024;

/**
 * The bytes after which, in one turn of the event loop, the other delayed connections have to wait for the
 * next. Bun reads from all that are ready in one turn, and 60 of them with three messages of
 * 16 MB each kept everybody else waiting for more than a second.
 */
const TURN_BYTES = 4 * 1024 * 1024;

/** The bytes of a large message that take as long as an empty one. */
const MESSAGE_BYTES = 256;

/** The time (ms) for sending messages in one turn of the event loop. */
const SLICE_MS = 4;

/**
 * Shares out, among all connections with a delay, the memory for their messages and the time that they may
 * take of a turn of the event loop.
 */
export class Delays {
  readonly #now: () => number;
  /** The connections, in the order in which they get to read. */
  readonly #connections = new Set<Delayed>();
  /** The connections with messages that are due, in the order in which they get to send. */
  readonly #due = new Set<Delayed>();
  #heldBytes = 0;
  #turnBytes = 0;
  /** Enough was read. Until all may read again, messages are sent only in the turn in between. */
  #isTurnOver = false;
  #sending: NodeJS.Immediate | undefined;

  /** @param now a monotonic clock, in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The bytes that all connections together hold. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Tells whether each connection has to stop reading with its next message. */
  get isMuchHeld(): boolean {
    return this.#heldBytes >= MUCH_HELD_IN_ALL_BYTES;
  }

  /** Counts a connection in, which holds nothing yet. */
  join(connection: Delayed): void {
    this.#connections.add(connection);
  }

  /** Counts a connection out, which holds nothing any more. */
  leave(connection: Delayed): void {
    this.#connections.delete(connection);
    this.#due.delete(connection);
  }

  /** Counts the bytes by which the memory of a connection has grown; a negative number if it has shrunk. */
  count(bytes: number): void {
    this.#heldBytes += bytes;
    while (this.#heldBytes > MAX_HELD_IN_ALL_BYTES) this.#greediest()?.giveUp();
  }

  /** Notes a message that was read; once enough were in this turn, the other connections wait for the next. */
  noteRead(connection: Delayed, length: number): void {
    if (this.#turnBytes === 0) setImmediate(() => this.#nextTurn());
    this.#turnBytes += MESSAGE_BYTES + length;
    if (this.#isTurnOver || this.#turnBytes < TURN_BYTES) return;
    this.#isTurnOver = true;
    if (this.#connections.delete(connection)) this.#connections.add(connection); // the last next time
    for (const each of this.#connections) each.pauseReading();
  }

  /** Lets a connection send its due messages, in turn with the others. */
  send(connection: Delayed): void {
    this.#due.add(connection);
    this.#scheduleSending();
  }

  #greediest(): Delayed | undefined {
    let greediest: Delayed | undefined;
    for (const each of this.#connections) {
      if (greediest === undefined || each.heldBytes > greediest.heldBytes) greediest = each;
    }
    return greediest;
  }

  #nextTurn(): void {
    this.#turnBytes = 0;
    if (!this.#isTurnOver) return;
    if (this.#due.size === 0) return this.#readOn();
    // To inflate messages and to deflate others in one turn would hold everybody up twice as long.
    setImmediate(() => {
      this.#sendSlice();
      this.#readOn();
    });
  }

  #readOn(): void {
    this.#isTurnOver = false;
    for (const each of this.#connections) each.readOn();
  }

  #scheduleSending(): void {
    this.#sending ??= setImmediate(() => {
      this.#sending = undefined;
      if (!this.#isTurnOver) this.#sendSlice();
    });
  }

  #sendSlice(): void {
    const endMs = this.#now() + SLICE_MS;
    for (const connection of this.#due) {
      this.#due.delete(connection);
      let hasMore = connection.sendOne();
      while (hasMore && this.#now() < endMs) hasMore = connection.sendOne();
      if (hasMore) this.#due.add(connection);
      else connection.caughtUp();
      if (this.#now() >= endMs) break;
    }
    if (this.#due.size > 0) this.#scheduleSending();
  }
}
