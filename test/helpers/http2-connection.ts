import { connect, type ClientHttp2Session, type SecureClientSessionOptions } from "node:http2";
import { ANY_CERTIFICATE } from "./transport.ts";
import type { RawResponse } from "./raw-http.ts";

/** A connection over HTTP/2, for several requests at a time. */
export class Http2Connection implements AsyncDisposable {
  readonly #session: ClientHttp2Session;

  constructor(port: number, options: SecureClientSessionOptions = {}) {
    this.#session = connect(`https://127.0.0.1:${port}`, { ...ANY_CERTIFICATE, ...options });
    // The error also reaches the requests under way.
    this.#session.on("error", () => undefined);
  }

  /** Sends a request and reads its response, with the fields as they came; rejects on a reset. */
  request(
    method: string,
    target: string,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<RawResponse> {
    const { Host: authority = "localhost", ...others } = fields;
    const pseudo = { ":method": method, ":path": target, ":authority": authority };
    const stream = this.#session.request({ ...pseudo, ...others }, { endStream: true });
    const { promise, resolve, reject } = Promise.withResolvers<RawResponse>();
    let status = 0;
    let received: RawResponse["fields"] = [];
    const chunks: Buffer[] = [];
    stream.on("response", (...[headers, , raw]) => {
      status = Number(headers[":status"]);
      received = pairs(raw);
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", reject);
    stream.on("end", () => {
      if (status === 0) reject(new Error(`closed without an answer to ${method} ${target}`));
      else resolve({ status, reason: "", fields: received, body: Buffer.concat(chunks) });
    });
    return promise;
  }

  /** Sends a GET, as `KeepAlive` does over HTTP/1.1. */
  get(target: string, fields?: Readonly<Record<string, string>>): Promise<RawResponse> {
    return this.request("GET", target, fields);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session.destroy();
  }
}

/** Pairs up names and values that come in turn, without `:status`, which is not a field. */
function pairs(raw: readonly string[]): (readonly [string, string])[] {
  const names = raw.filter((_, index) => index % 2 === 0);
  return names
    .map((name, index) => [name, raw[index * 2 + 1] ?? ""] as const)
    .filter(([name]) => !name.startsWith(":"));
}
