import type { Server, WebSocketHandler } from "bun";
import { problemResponse } from "../http/problem-response.ts";
import { Backpressure } from "./backpressure.ts";
import { initialState, type EchoSocket, type EchoState } from "./echo-socket.ts";
import { parseFaults, type Ending } from "./fault-options.ts";
import { Faults, type FaultLine, type HeldTotal, type Message } from "./faults.ts";
import { checkHandshake } from "./handshake.ts";

/** What bounds the echo. */
export interface EchoOptions {
  /** The largest message in bytes; a larger one closes the connection with 1009. */
  readonly maxMessageBytes: number;
  /** How many connections there may be; a client beyond them gets 503. */
  readonly maxConnections: number;
  /** The origins whose pages may connect; none is any, and so is `*`. */
  readonly allowOrigins: readonly string[];
  /** Compress for clients that offer permessage-deflate (RFC 7692). */
  readonly deflate: boolean;
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
const TRY_AGAIN_LATER = 1013;

/**
 * From this length on, in bytes or characters, an echo is compressed if the client offered it. A
 * shorter message would mostly grow; a longer one may have been a thousandth of its size when it
 * came, and has to go back as small lest it pile up here.
 */
const MIN_COMPRESSED_LENGTH = 128;

/**
 * From this length on, in bytes or characters, a message is given back by hand. The collector lets
 * several of 15 MB pile up, as many compressed ones come in one read: a flood of them peaked at 123
 * to 168 MB, and peaks at 94 so.
 */
const LARGE_LENGTH = 1024 * 1024;

/** So much large text is given back at once, as a string can only be collected. */
const COLLECTED_LENGTH = 8 * 1024 * 1024;

/** One compressor for all, so that an idle connection costs nothing: "dedicated" is 224 KB each. */
const SHARED_DEFLATE = { compress: "shared", decompress: "shared" } as const;

/**
 * How long, in milliseconds, a client has to take the echoes before a drop. It resets the connection
 * of one that is still sending, and a browser reads nothing more then.
 */
const DROP_MS = 100;

const BUSY = { "Retry-After": "1", Connection: "close" };

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
  /** Totals since the start. */
  readonly counters = { opened: 0, messages: 0, messageBytes: 0, pauses: 0, stalls: 0 };
  readonly #open = new Set<EchoSocket>();
  readonly #backpressure: Backpressure;
  readonly #held: HeldTotal = { bytes: 0 };
  #isDraining = false;
  /** Of the large texts since the last were given back. */
  #textLength = 0;

  constructor(options: EchoOptions) {
    this.#options = options;
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
      idleTimeout: IDLE_SECONDS,
      perMessageDeflate: options.deflate && SHARED_DEFLATE,
      open: (socket) => this.#opened(socket),
      message: (socket, message) => this.#echo(socket, message),
      ping: (socket) => this.#answerPing(socket),
      pong: (socket) => socket.data.faults?.heard(),
      drain: (socket) => this.#backpressure.drained(socket),
      close: (socket) => this.#closed(socket),
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
    return this.#backpressure.pausedCount;
  }

  /**
   * Answers `/websocket`: `undefined` once the connection is a WebSocket.
   *
   * @param search the query with its `?`, or empty
   */
  upgrade(request: Request, server: Server<EchoState>, search: string): Response | undefined {
    const faults = parseFaults(search);
    if (faults.kind === "invalid") return problemResponse(request, 400, {}, faults.message);
    const handshake = checkHandshake(request, this.#options);
    if (handshake.kind === "refused") return handshake.response;
    if (this.#isDraining || this.#open.size >= this.#options.maxConnections) {
      return problemResponse(request, 503, BUSY);
    }
    // An empty field is not sent; without one Bun 1.4.5 echoes whatever the client offered first.
    const headers = { "Sec-WebSocket-Protocol": handshake.subprotocol ?? "" };
    const data = initialState(faults.kind === "faults" ? faults.options : undefined);
    if (server.upgrade(request, { headers, data })) return undefined;
    return problemResponse(request, 400, {}, "The WebSocket handshake is incomplete.");
  }

  /** Cuts off the peers that took nothing for the stall time. To be called every few seconds. */
  sweep(): void {
    this.#backpressure.sweep();
  }

  /**
   * Takes no more connections and closes the open ones with 1001: at once where nothing waits to be
   * sent, else when the last of it has been.
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
      total: this.#held,
    });
    socket.data.faults = faults;
    faults.open();
  }

  /** The connection as its faults see it. */
  #lineOf(socket: EchoSocket): FaultLine {
    return {
      send: (message) => this.#send(socket, message),
      isBehind: () => this.#backpressure.isBehind(socket),
      hold: () => void socket.pause(),
      release: () => this.#backpressure.read(socket),
      end: (ending) => this.#endWhenSent(socket, ending),
      giveUp: () => socket.close(TRY_AGAIN_LATER, "too much waits for its delay"),
      ping: () => void socket.ping(),
      cutOff: () => this.#cutOff(socket),
    };
  }

  #echo(socket: EchoSocket, message: Message): void {
    this.counters.messages++;
    this.counters.messageBytes += Buffer.byteLength(message);
    const { faults } = socket.data;
    if (faults !== undefined) return faults.receive(message);
    this.#send(socket, message);
    if (message.length >= LARGE_LENGTH) this.#release(message);
  }

  /** Gives a large message's memory back; what of it waits to be sent is a copy of Bun's own. */
  #release(message: Message): void {
    if (typeof message !== "string") return void message.buffer.transfer(0);
    this.#textLength += message.length;
    if (this.#textLength < COLLECTED_LENGTH) return;
    this.#textLength = 0;
    Bun.gc(false); // in another thread: less than 0.2 ms of this one with 4,000 connections
  }

  #send(socket: EchoSocket, message: Message): void {
    // −1: it is queued, and something waits. 0 is a success for an empty message and a closed
    // connection for any other; there is nobody to tell about the latter.
    const outcome = socket.send(message, message.length >= MIN_COMPRESSED_LENGTH);
    if (outcome === -1) this.#pause(socket);
  }

  /** Bun answers pings by itself, but drops a pong when 16 MB wait before it: so let none wait. */
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
    this.#backpressure.read(socket); // its answer to our Close could not be seen otherwise
    if (this.#backpressure.isBehind(socket)) socket.data.ending = ending;
    else end(socket, ending);
  }

  #goAway(socket: EchoSocket): void {
    this.#backpressure.read(socket);
    closeGoingAway(socket);
  }

  #cutOff(socket: EchoSocket): void {
    this.counters.stalls++;
    this.#closed(socket); // one that was reset while it was paused never fires `close`
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
