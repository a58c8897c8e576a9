import { connect, type Socket } from "node:net";
import { formatRequest, parseResponses, type RawResponse } from "./raw-http.ts";

/** One connection for many requests, one after the other. */
export class KeepAlive implements AsyncDisposable {
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

  static async open(port: number): Promise<KeepAlive> {
    const socket = connect(port, "127.0.0.1");
    await new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new KeepAlive(socket);
  }

  /** Sends a GET and reads its answer; throws if the server closes the connection instead. */
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
