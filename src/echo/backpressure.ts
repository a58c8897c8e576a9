import type { EchoSocket } from "./echo-socket.ts";

/** What backpressure works with. */
export interface BackpressureOptions {
  /** How long a peer may take nothing of what waits for it, in milliseconds. */
  readonly stallMs: number;
  /** The clock, in milliseconds, never going back. */
  readonly now: () => number;
  /** Called when a paused peer has taken all that waited for it. */
  readonly onCaughtUp: (socket: EchoSocket) => void;
  /** Called when a peer has taken nothing for the stall time. */
  readonly onStalled: (socket: EchoSocket) => void;
}

/** How long, in milliseconds, a peer may take nothing before it is probed. */
const PROBE_MS = 2000;

/**
 * Stops reading from peers that are behind, and finds the ones that will not catch up.
 *
 * A paused connection has no other end: Bun pings it no more and sees neither its Close nor its
 * FIN, and a connection that is reset in the moment of the pause fires no event at all (Bun 1.4.5).
 */
export class Backpressure {
  readonly #options: BackpressureOptions;
  readonly #paused = new Set<EchoSocket>();

  constructor(options: BackpressureOptions) {
    this.#options = options;
  }

  /** How many peers are behind. */
  get pausedCount(): number {
    return this.#paused.size;
  }

  /** Whether something waits to be sent to the peer, so that nothing is read from it. */
  isBehind(socket: EchoSocket): boolean {
    return this.#paused.has(socket);
  }

  /**
   * Stops reading from a peer.
   *
   * @returns whether it was read from until now
   */
  pause(socket: EchoSocket): boolean {
    if (this.#paused.has(socket)) return false;
    this.#paused.add(socket);
    noteProgress(socket, this.#options.now(), socket.getBufferedAmount());
    socket.pause();
    return true;
  }

  /** Takes a `drain` event, which also fires when only a part has gone out. */
  drained(socket: EchoSocket): void {
    if (socket.getBufferedAmount() === 0 && this.#paused.has(socket)) this.#resume(socket);
  }

  /** Reads on, unless the peer is behind or its faults hold as much back as they may. */
  read(socket: EchoSocket): void {
    if (this.#mayRead(socket)) socket.resume();
  }

  /** Forgets a connection that is closed. */
  forget(socket: EchoSocket): void {
    this.#paused.delete(socket);
  }

  /** Looks for progress of the paused peers. To be called every few seconds. */
  sweep(): void {
    const now = this.#options.now();
    for (const socket of this.#paused) {
      const waiting = socket.getBufferedAmount();
      if (waiting === 0) this.#resume(socket);
      else if (waiting < socket.data.waitingBytes) noteProgress(socket, now, waiting);
      else this.#doubt(socket, now - socket.data.progressMs);
    }
  }

  /** Judges a peer that has taken nothing for this long: it may be slow, deaf or gone. */
  #doubt(socket: EchoSocket, stalledMs: number): void {
    if (stalledMs >= this.#options.stallMs) this.#options.onStalled(socket);
    else if (stalledMs >= PROBE_MS && !socket.data.isProbed) this.#probe(socket);
  }

  /**
   * Reads for a moment, once in a stall: only so does Bun 1.4.5 see that a paused peer has reset its
   * connection. A peer that is there may add about 512 KiB to what waits for it. (A timer, as
   * immediates run before the event loop looks at its sockets again.)
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
