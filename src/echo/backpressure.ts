import type { EchoSocket } from "./echo-socket.ts";

/** The limits and callbacks of `Backpressure`. */
export interface BackpressureOptions {
  /** How long (ms) a peer may read nothing while data waits for it. */
  readonly stallMs: number;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** Called when a paused peer has read all that waited for it. */
  readonly onCaughtUp: (socket: EchoSocket) => void;
  /** Called when a peer has read nothing for the stall time. */
  readonly onStalled: (socket: EchoSocket) => void;
}

/** How long (ms) a peer may read nothing before it is probed. */
const PROBE_MS = 2000;

/**
 * Stops reading from peers that read too slowly, and reports those that have stopped reading.
 *
 * Nothing else would end a paused connection: Bun no longer pings it and sees neither its Close nor
 * its FIN (Bun: paused-deaf), and a reset at the moment of the pause fires no event (Bun:
 * reset-unseen).
 */
export class Backpressure {
  readonly #options: BackpressureOptions;
  readonly #paused = new Set<EchoSocket>();

  constructor(options: BackpressureOptions) {
    this.#options = options;
  }

  /** The number of peers that are behind. */
  get pausedCount(): number {
    return this.#paused.size;
  }

  /** Tells whether data waits to be sent to the peer, so that nothing is read from it. */
  isBehind(socket: EchoSocket): boolean {
    return this.#paused.has(socket);
  }

  /**
   * Stops reading from a peer.
   *
   * @returns whether the peer was being read from until now
   */
  pause(socket: EchoSocket): boolean {
    if (this.#paused.has(socket)) return false;
    this.#paused.add(socket);
    noteProgress(socket, this.#options.now(), socket.getBufferedAmount());
    socket.pause();
    return true;
  }

  /** Handles a `drain` event; there may be more to send (Bun: drain-partial). */
  drained(socket: EchoSocket): void {
    if (socket.getBufferedAmount() === 0 && this.#paused.has(socket)) this.#resume(socket);
  }

  /** Reads again, unless the peer is behind or its faults hold back as much as they may. */
  read(socket: EchoSocket): void {
    if (this.#mayRead(socket)) socket.resume();
  }

  /** Forgets a connection that is closed. */
  forget(socket: EchoSocket): void {
    this.#paused.delete(socket);
  }

  /** Checks the progress of all paused peers. To be called every few seconds. */
  sweep(): void {
    const now = this.#options.now();
    for (const socket of this.#paused) {
      const waiting = socket.getBufferedAmount();
      if (waiting === 0) this.#resume(socket);
      else if (waiting < socket.data.waitingBytes) noteProgress(socket, now, waiting);
      else this.#doubt(socket, now - socket.data.progressMs);
    }
  }

  /** Judges a peer that has read nothing for this long: it may be slow, deaf or gone. */
  #doubt(socket: EchoSocket, stalledMs: number): void {
    if (stalledMs >= this.#options.stallMs) this.#options.onStalled(socket);
    else if (stalledMs >= PROBE_MS && !socket.data.isProbed) this.#probe(socket);
  }

  /**
   * Reads for a moment, once per stall, as Bun does not notice otherwise that a paused peer has
   * reset its connection. A live peer may add about 512 KiB to its queue meanwhile. (A timer, as
   * immediates run before the event loop polls its sockets again.)
   */
  #probe(socket: EchoSocket): void {
    socket.data.isProbed = true;
    socket.resume();
    setTimeout(() => {
      if (!this.#mayRead(socket)) socket.pause();
    }, 1);
  }

  #resume(socket: EchoSocket): void {
    this.#paused.delete(socket);
    this.read(socket);
    this.#options.onCaughtUp(socket);
  }

  #mayRead(socket: EchoSocket): boolean {
    return !this.#paused.has(socket) && socket.data.faults?.isHolding !== true;
  }
}

function noteProgress({ data }: EchoSocket, progressMs: number, waitingBytes: number): void {
  data.progressMs = progressMs;
  data.isProbed = false;
  data.waitingBytes = waitingBytes;
}
