import type { Socket } from "node:net";
import { Http2Connection } from "./http2-connection.ts";
import { formatRequest, parseResponses, type RawResponse } from "./raw-http.ts";
import { connectTo, TRANSPORT } from "./transport.ts";

/** A connection for one request after the other. */
export interface Connection extends AsyncDisposable {
  /** Sends a GET and reads its answer; rejects if the server closes the connection instead. */
  readonly get: (target: string, fields?: Readonly<Record<string, string>>) => Promise<RawResponse>;
}

/** A connection over HTTP/1.1 for many requests, one after the other. */
export class KeepAlive implements Connection {
  readonly #socket: Socket;
  #chunks: Buffer[] = [];
  #wake = Promise.withResolvers<void>();
  #isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (data) => {
      this.#chunks.push(data as Buffer); // bytes, as no encoding is set
      this.#wake.resolve();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#isClosed = true;
      this.#wake.resolve();
    });
  }

  static async open(port: number): Promise<Connection> {
    if (TRANSPORT === "http2") return new Http2Connection(port);
    const socket = connectTo(port);
    await new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new KeepAlive(socket);
  }

  async get(target: string, fields: Readonly<Record<string, string>> = {}): Promise<RawResponse> {
    this.#socket.write(formatRequest("GET", target, fields));
    for (;;) {
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
      const received = Buffer.concat(this.#chunks);
      const [response] = parseResponses(received, ["GET"]).responses;
      if (response !== undefined) {
        this.#chunks = [];
        return response;
      }
      if (this.#isClosed) throw new Error(`closed without an answer to ${target}`);
      this.#chunks = [received];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }
}
