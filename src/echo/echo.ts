import type { WebSocketHandler } from "bun";
import { problemResponse } from "../http/problem-response.ts";
import type { RemoteAddress } from "../system/remote-address.ts";
import { Backpressure } from "./backpressure.ts";
import { initialState, type EchoServer, type EchoSocket, type EchoState } from "./echo-socket.ts";
import { parseFaults, type Ending } from "./fault-options.ts";
import { Delays } from "./delays.ts";
import { Faults, type FaultLine } from "./faults.ts";
import { checkHandshake } from "./handshake.ts";
import { PACKED_BYTES, type Message } from "./held-messages.ts";

/** The limits of the echo, its clock and its error log. */
export interface EchoOptions {
  /** The largest message in bytes; a larger one closes the connection with 1009. */
  readonly maxMessageBytes: number;
  /** The largest number of connections; clients beyond it get 503. */
  readonly maxConnections: number;
  /** The origins whose pages may connect; an empty list or `*` allows all. */
  readonly allowOrigins: readonly string[];
  /** Count the bytes of messages, which takes 0.2 µs for a text of 16 KB and 47 µs for one of 1 MB. */
  readonly countsBytes: boolean;
  /** Compress for clients that offer permessage-deflate (RFC 7692). */
  readonly deflate: boolean;
  /** How long a peer may read nothing while data waits for it, before its connection is cut. */
  readonly stallMs: number;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  readonly logError: (error: unknown) => void;
}

/** Seconds without a byte before a WebSocket is closed. Bun pings first, so a live peer stays. */
const WEBSOCKET_IDLE_SECONDS = 120;

/** RFC 6455 §7.4.1: an endpoint going away, such as a server going down. */
const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;
const TRY_AGAIN_LATER = 1013;

/**
 * The least length, in bytes or characters, of an echo that is compressed if the client offered it.
 * Shorter messages would mostly grow. Longer ones may have arrived at a thousandth of their size, and
 * would pile up here if they did not leave as small.
 */
const MIN_COMPRESSED_LENGTH = 128;

/**
 * The least length, in bytes or characters, of a message whose memory is freed by hand. Many compressed
 * messages arrive in one read, and the collector lets several of 15 MB pile up: a flood of them
 * peaked at 123 to 168 MB without this, and at 94 with it. To collect for texts of 1 MB would cost a
 * sixth of their echo.
 */
const LARGE_LENGTH = 4 * 1024 * 1024;

/** The length of large texts after which we ask for a collection, as strings cannot be freed by hand. */
const COLLECTED_LENGTH = 8 * 1024 * 1024;

/**
 * The length of large delayed texts after which we wait for a collection. The collector in its own
 * thread may leave more than a gigabyte of them; waiting takes some milliseconds, as the heap is small.
 */
const COLLECTED_HELD_LENGTH = 16 * 1024 * 1024;

/** One compressor for all connections: "dedicated" would cost 224 KB for each, even if it is idle. */
const SHARED_DEFLATE = { compress: "shared", decompress: "shared" } as const;

/**
 * How long (ms) a client has to read the echoes before a drop. The drop resets the connection of a
 * client that is still sending, and a browser reads nothing after a reset.
 */
const DROP_MS = 100;

const BUSY = { "Retry-After": "1", Connection: "close" };

/**
 * The WebSocket echo: every message is sent back once, in order, as text or binary as it came.
 *
 * Backpressure is lossless: if a peer reads too slowly, we stop reading from it, and TCP slows it
 * down. So its queue is bounded by the data that was already on its way to us. Bun's own limit has to
 * be off for that (`backpressureLimit: 0`), as it drops messages silently.
 */
export class Echo {
  readonly handler: WebSocketHandler<EchoState>;
  readonly #options: EchoOptions;
  /** Totals since the start. */
  readonly counters = { opened: 0, messages: 0, messageBytes: 0, pauses: 0, stalls: 0 };
  readonly #open = new Set<EchoSocket>();
  readonly #backpressure: Backpressure;
  readonly #delays: Delays;
  #isDraining = false;
  /** The length of all large texts since the last collection. */
  #textLength = 0;
  /** The length of all large delayed texts since the last collection. */
  #heldTextLength = 0;

  constructor(options: EchoOptions) {
    this.#options = options;
    this.#delays = new Delays(options.now);
    this.#backpressure = new Backpressure({
      stallMs: options.stallMs,
      now: options.now,
      onCaughtUp: (socket) => this.#caughtUp(socket),
      onStalled: (socket) => this.#cutOff(socket),
    });
    this.handler = {
      maxPayloadLength: options.maxMessageBytes,
      backpressureLimit: 0,
      closeOnBackpressureLimit: false,
      idleTimeout: WEBSOCKET_IDLE_SECONDS,
      perMessageDeflate: options.deflate && SHARED_DEFLATE,
      open: (socket) => this.#opened(socket),
      message: (socket, message) => this.#echo(socket, message),
      ping: (socket) => this.#answerPing(socket),
      pong: (socket) => socket.data.faults?.heard(),
      drain: (socket) => this.#backpressure.drained(socket),
      close: (socket) => this.#closed(socket),
      // Without this handler, a handler that throws would end the process (Bun:
      // handler-error-ends).
      error: (error, socket) => this.#failed(error, socket),
    };
  }

  /** The number of open connections. */
  get size(): number {
    return this.#open.size;
  }

  /** The number of connections whose peer is behind, so that nothing is read from them. */
  get pausedCount(): number {
    return this.#backpressure.pausedCount;
  }

  /**
   * Answers a request for `/websocket`; `undefined` if the connection has become a WebSocket.
   *
   * @param search the query with its `?`, or empty
   */
  upgrade(request: Request, server: EchoServer, search: string): Response | undefined {
    const faults = parseFaults(search);
    if (faults.kind === "invalid") return problemResponse(request, 400, {}, faults.message);
    const handshake = checkHandshake(request, this.#options);
    if (handshake.kind === "refused") return handshake.response;
    if (this.#isDraining || this.#open.size >= this.#options.maxConnections) {
      return problemResponse(request, 503, BUSY);
    }
    // Without this field, Bun sends the client's first offer; an empty one it does not send (Bun:
    // upgrade-subprotocol).
    const headers = { "Sec-WebSocket-Protocol": handshake.subprotocol ?? "" };
    const data = initialState(
      server.requestIP(request) ?? undefined,
      faults.kind === "faults" ? faults.options : undefined,
    );
    if (server.upgrade(request, { headers, data })) return undefined;
    return problemResponse(request, 400, {}, "The WebSocket handshake is incomplete.");
  }

  /** Returns the addresses of the clients; a Unix socket has none. */
  *clients(): Iterable<RemoteAddress> {
    for (const { data } of this.#open) if (data.client !== undefined) yield data.client;
  }

  /** Cuts off the peers that read nothing for the stall time. To be called every few seconds. */
  sweep(): void {
    this.#backpressure.sweep();
  }

  /**
   * Refuses new connections and closes the open ones with 1001: at once if no data waits to be
   * sent, otherwise after the last byte (Bun: closing-forgotten).
   */
  drain(): void {
    this.#isDraining = true;
    for (const socket of this.#open) {
      socket.data.faults?.flush();
      if (!this.#backpressure.isBehind(socket)) this.#goAway(socket);
    }
  }

  #opened(socket: EchoSocket): void {
    this.#open.add(socket);
    this.counters.opened++;
    if (this.#isDraining) return closeGoingAway(socket);
    const { faultOptions } = socket.data;
    if (faultOptions === undefined) return;
    const faults = new Faults(faultOptions, {
      line: this.#lineOf(socket),
      now: this.#options.now,
      delays: this.#delays,
    });
    socket.data.faults = faults;
    faults.open();
  }

  /** Makes the view of a connection that `Faults` works on. */
  #lineOf(socket: EchoSocket): FaultLine {
    return {
      send: (message) => this.#send(socket, message),
      isBehind: () => this.#backpressure.isBehind(socket),
      hold: () => void socket.pause(),
      release: () => this.#backpressure.read(socket),
      end: (ending) => this.#endWhenSent(socket, ending),
      giveUp: () => this.#giveUp(socket),
      free: (message) => this.#freeHeld(message),
      ping: () => void socket.ping(),
      cutOff: () => this.#cutOff(socket),
    };
  }

  #echo(socket: EchoSocket, message: Message): void {
    this.counters.messages++;
    if (this.#options.countsBytes) this.counters.messageBytes += Buffer.byteLength(message);
    const { faults } = socket.data;
    if (faults !== undefined) return faults.receive(message);
    this.#send(socket, message);
    if (message.length >= LARGE_LENGTH) this.#release(message);
  }

  /** Frees the memory of a large message; Bun has a copy of data that waits (Bun: send-copies). */
  #release(message: Message): void {
    if (typeof message !== "string") return void message.buffer.transfer(0);
    this.#textLength += message.length;
    if (this.#textLength < COLLECTED_LENGTH) return;
    this.#textLength = 0;
    Bun.gc(false); // runs in another thread: it takes less than 0.2 ms here with 4,000 connections
  }

  /** Frees the memory of a delayed message, unless it shares a buffer with others. */
  #freeHeld(message: Message): void {
    if (message.length <= PACKED_BYTES) return;
    if (typeof message !== "string") return void message.buffer.transfer(0);
    this.#heldTextLength += message.length;
    if (this.#heldTextLength < COLLECTED_HELD_LENGTH) return;
    this.#heldTextLength = 0;
    Bun.gc(true);
  }

  #send(socket: EchoSocket, message: Message): void {
    // −1: the message is queued. 0 means success for an empty message (Bun: send-empty) and a
    // closed connection for any other; there is nobody to tell about the latter.
    const outcome = socket.send(message, message.length >= MIN_COMPRESSED_LENGTH);
    if (outcome === -1) this.#pause(socket);
  }

  /** Pauses if data waits: Bun answers pings itself, but may drop the pong (Bun: pong-dropped). */
  #answerPing(socket: EchoSocket): void {
    if (socket.getBufferedAmount() > 0) this.#pause(socket);
  }

  #pause(socket: EchoSocket): void {
    if (this.#backpressure.pause(socket)) this.counters.pauses++;
  }

  #caughtUp(socket: EchoSocket): void {
    if (socket.data.ending !== undefined) end(socket, socket.data.ending);
    else if (this.#isDraining) closeGoingAway(socket);
  }

  #endWhenSent(socket: EchoSocket, ending: Ending): void {
    this.#backpressure.read(socket); // otherwise we could not see the answer to our Close
    if (this.#backpressure.isBehind(socket)) socket.data.ending = ending;
    else end(socket, ending);
  }

  #giveUp(socket: EchoSocket): void {
    this.#backpressure.read(socket);
    socket.close(TRY_AGAIN_LATER, "too many delayed messages");
  }

  #goAway(socket: EchoSocket): void {
    this.#backpressure.read(socket);
    closeGoingAway(socket);
  }

  #cutOff(socket: EchoSocket): void {
    this.counters.stalls++;
    this.#closed(socket); // a connection that was reset while paused fires no `close` (Bun: reset-unseen)
    socket.terminate();
  }

  #closed(socket: EchoSocket): void {
    this.#open.delete(socket);
    this.#backpressure.forget(socket);
    socket.data.faults?.stop();
  }

  #failed(error: Error, socket: EchoSocket): void {
    this.#options.logError(error);
    socket.close(INTERNAL_ERROR);
  }
}

function end(socket: EchoSocket, ending: Ending): void {
  if (ending.kind === "close") socket.close(ending.code, ending.reason);
  else if (ending.after === 0) socket.terminate();
  else setTimeout(() => socket.terminate(), DROP_MS);
}

function closeGoingAway(socket: EchoSocket): void {
  socket.close(GOING_AWAY, "the server is shutting down");
}
