import type { Socket } from "bun";
import { formatHandshake } from "../helpers/raw-websocket.ts";
import { FrameCounter } from "./frame-counter.ts";

/** The port to connect to, and fields of the handshake. */
export interface EchoTarget {
  readonly port: number;
  /** Fields of the handshake besides the usual ones. */
  readonly fields?: Readonly<Record<string, string>>;
}

const CONNECTED = Buffer.from("HTTP/1.1 101 ");
const DEFLATE = "permessage-deflate";
const HEAD_END = Buffer.from("\r\n\r\n");

/**
 * A client that costs as little as possible, so that the server is measured: all connections send the
 * same ready-made frames, and count the echoes without keeping them.
 */
export class EchoConnection {
  /** Called for each message that has come back. */
  onEcho: () => void = () => {};
  /** Called when the connection ends, unless by `close()`. */
  onEnd: () => void = () => {};
  /** The server has agreed to compress. */
  isDeflated = false;
  readonly #frames = new FrameCounter();
  readonly #opened = Promise.withResolvers<EchoConnection>();
  /** The received part of the handshake's answer; `undefined` once its head is complete. */
  #head: Buffer | undefined = Buffer.alloc(0);
  #socket: Socket | undefined;
  /** The bytes that the socket did not take yet. */
  #rest: Uint8Array = new Uint8Array();

  /** Connects and shakes hands; rejects unless the answer is 101. */
  static open({ port, fields = {} }: EchoTarget): Promise<EchoConnection> {
    const connection = new EchoConnection();
    const refuse = (error: Error) => connection.#opened.reject(error);
    const opening = Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: (socket) => {
          connection.#socket = socket;
          socket.write(formatHandshake("/websocket", fields));
        },
        data: (_, chunk) => connection.#read(chunk),
        drain: () => connection.#flush(),
        close: () => {
          refuse(new Error("closed before the handshake was answered"));
          connection.onEnd();
        },
        error: (_, error) => refuse(error),
      },
    });
    opening.catch(refuse);
    return connection.#opened.promise;
  }

  /** Sends a formatted frame; the previous one has to be sent completely. */
  send(frame: Uint8Array): void {
    this.#rest = frame;
    this.#flush();
  }

  /** Ends the connection without a Close frame. */
  close(): void {
    this.onEnd = () => {};
    this.#socket?.terminate();
  }

  #flush(): void {
    const written = this.#socket?.write(this.#rest) ?? 0;
    if (written > 0) this.#rest = this.#rest.subarray(written);
  }

  #read(chunk: Buffer): void {
    const frames = this.#head === undefined ? chunk : this.#readHead(this.#head, chunk);
    for (let echoes = this.#frames.read(frames); echoes > 0; echoes--) this.onEcho();
  }

  /** Returns the bytes after the head, if it is complete. */
  #readHead(before: Buffer, chunk: Buffer): Uint8Array {
    const head = Buffer.concat([before, chunk]);
    const end = head.indexOf(HEAD_END);
    this.#head = end === -1 ? head : undefined;
    if (end === -1) return new Uint8Array();
    const isConnected = head.subarray(0, CONNECTED.length).equals(CONNECTED);
    this.isDeflated = head.includes(DEFLATE);
    if (isConnected) this.#opened.resolve(this);
    else this.#opened.reject(new Error(`refused: ${head.toString("latin1").split("\r\n")[0]}`));
    return head.subarray(end + HEAD_END.length);
  }
}

/** The number of handshakes at a time: fewer than a server's queue for new connections holds. */
const OPENING_AT_ONCE = 100;

/** Opens many connections; rejects when one fails. */
export async function openConnections(
  count: number,
  target: EchoTarget,
): Promise<EchoConnection[]> {
  const connections: EchoConnection[] = [];
  while (connections.length < count) {
    const batch = Math.min(OPENING_AT_ONCE, count - connections.length);
    const opening = Array.from({ length: batch }, () => EchoConnection.open(target));
    connections.push(...(await Promise.all(opening)));
  }
  return connections;
}
