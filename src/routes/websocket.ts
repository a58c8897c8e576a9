import type { Server, ServerWebSocket, WebSocketHandler } from "bun";
import { problemResponse } from "../http/problem-response.ts";
import { checkHandshake } from "./handshake.ts";

/** What the echo keeps for a connection: only while it is paused. */
export interface EchoState {
  /** Bytes that waited to be sent when progress was last seen. */
  waitingBytes: number;
  /** When that was, in milliseconds. */
  progressMs: number;
}

type EchoSocket = ServerWebSocket<EchoState>;

/** What bounds the echo. */
export interface EchoOptions {
  /** The largest message in bytes; a larger one closes the connection with 1009. */
  readonly maxMessageBytes: number;
  /** How long a peer may take nothing of what waits for it before it is cut off. */
  readonly stallMs: number;
  /** The clock, in milliseconds, never going back. */
  readonly now: () => number;
  readonly logError: (error: unknown) => void;
}

/** Seconds without a byte from the peer before it is closed. Bun pings it before, so only the dead are. */
const IDLE_SECONDS = 120;

/** RFC 6455 §7.4.1: an endpoint going away, such as a server going down. */
const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;

/**
 * The WebSocket echo: every message goes back once, in order, in its type.
 *
 * Backpressure is lossless: where the peer reads too slowly we stop reading from it, so that what
 * waits for it is bounded by what was already on its way to us, and TCP slows the peer down. Bun's
 * own limit has to be off for that (`backpressureLimit: 0`), as it drops messages silently.
 */
export class Echo {
  readonly handler: WebSocketHandler<EchoState>;
  readonly #options: EchoOptions;
  readonly #open = new Set<EchoSocket>();
  readonly #paused = new Set<EchoSocket>();
  #isDraining = false;

  constructor(options: EchoOptions) {
    this.#options = options;
    this.handler = {
      maxPayloadLength: options.maxMessageBytes,
      backpressureLimit: 0,
      closeOnBackpressureLimit: false,
      idleTimeout: IDLE_SECONDS,
      perMessageDeflate: false,
      open: (socket) => this.#opened(socket),
      message: (socket, message) => this.#echo(socket, message),
      ping: (socket) => this.#answerPing(socket),
      drain: (socket) => this.#drained(socket),
      close: (socket) => this.#forget(socket),
      // Without this handler one that throws would end the process (Bun 1.4.5).
      error: (error, socket) => this.#failed(error, socket),
    };
  }

  /** How many connections are open. */
  get size(): number {
    return this.#open.size;
  }

  /** How many of them are behind, so that nothing is read from them. */
  get pausedCount(): number {
    return this.#paused.size;
  }

  /** Answers `/websocket`: `undefined` once the connection is a WebSocket. */
  upgrade(request: Request, server: Server<EchoState>): Response | undefined {
    if (this.#isDraining) {
      return problemResponse(request, 503, { "Retry-After": "1", Connection: "close" });
    }
    const handshake = checkHandshake(request);
    if (handshake.kind === "refused") return handshake.response;
    // An empty field is not sent; without one Bun 1.4.5 echoes whatever the client offered first.
    const headers = { "Sec-WebSocket-Protocol": handshake.subprotocol ?? "" };
    const data: EchoState = { waitingBytes: 0, progressMs: 0 };
    if (server.upgrade(request, { headers, data })) return undefined;
    return problemResponse(request, 400, {}, "The WebSocket handshake is incomplete.");
  }

  /**
   * Cuts off the peers that took nothing for the stall time. To be called every few seconds.
   *
   * A paused connection has no other end: Bun pings it no more and sees neither its Close nor its
   * FIN, and one that was reset in the moment of the pause fires no event at all (Bun 1.4.5).
   */
  sweep(): void {
    const now = this.#options.now();
    for (const socket of this.#paused) {
      const waiting = socket.getBufferedAmount();
      if (waiting === 0) this.#resume(socket);
      else if (waiting < socket.data.waitingBytes) socket.data = progressAt(now, waiting);
      else if (now - socket.data.progressMs >= this.#options.stallMs) this.#cutOff(socket);
    }
  }

  /**
   * Takes no more connections and closes the open ones with 1001: at once where nothing waits to be
   * sent, else when the last of it has been.
   */
  drain(): void {
    this.#isDraining = true;
    for (const socket of this.#open) {
      if (!this.#paused.has(socket)) closeGoingAway(socket);
    }
  }

  #opened(socket: EchoSocket): void {
    this.#open.add(socket);
    if (this.#isDraining) closeGoingAway(socket);
  }

  #echo(socket: EchoSocket, message: string | Buffer<ArrayBuffer>): void {
    // −1: it is queued, and something waits. 0 is a success for an empty message and a closed
    // connection for any other; there is nobody to tell about the latter.
    if (socket.send(message) === -1) this.#pause(socket);
  }

  /** Bun answers pings by itself, but drops a pong when 16 MB wait before it: so let none wait. */
  #answerPing(socket: EchoSocket): void {
    if (socket.getBufferedAmount() > 0) this.#pause(socket);
  }

  #pause(socket: EchoSocket): void {
    if (this.#paused.has(socket)) return;
    this.#paused.add(socket);
    socket.data = progressAt(this.#options.now(), socket.getBufferedAmount());
    socket.pause();
  }

  #drained(socket: EchoSocket): void {
    // It also fires when only a part has gone out.
    if (socket.getBufferedAmount() === 0 && this.#paused.has(socket)) this.#resume(socket);
  }

  #resume(socket: EchoSocket): void {
    this.#paused.delete(socket);
    socket.resume();
    if (this.#isDraining) closeGoingAway(socket);
  }

  #cutOff(socket: EchoSocket): void {
    this.#forget(socket); // one that was reset while it was paused never fires `close`
    socket.terminate();
  }

  #forget(socket: EchoSocket): void {
    this.#open.delete(socket);
    this.#paused.delete(socket);
  }

  #failed(error: Error, socket: EchoSocket): void {
    this.#options.logError(error);
    socket.close(INTERNAL_ERROR);
  }
}

function progressAt(progressMs: number, waitingBytes: number): EchoState {
  return { progressMs, waitingBytes };
}

function closeGoingAway(socket: EchoSocket): void {
  socket.close(GOING_AWAY, "the server is shutting down");
}
