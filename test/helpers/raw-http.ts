import type { Socket } from "node:net";
import { Http2Connection } from "./http2-connection.ts";
import { connectTo, TRANSPORT, type Place } from "./transport.ts";

/** A response as it came over the wire: nothing joined, decoded or left out. */
export interface RawResponse {
  readonly status: number;
  readonly reason: string;
  /** The header fields in order, with their names as they were sent. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** The responses of a connection, until all were complete or the server closed it. */
export interface Exchange {
  readonly responses: readonly RawResponse[];
  /** Bytes after the last complete response. */
  readonly rest: Buffer;
  /** The server closed the connection before `expected` responses were complete. */
  readonly closed: boolean;
}

/** Returns all values of a field, in the order in which they were sent. */
export function fieldValues({ fields }: RawResponse, name: string): string[] {
  const wanted = name.toLowerCase();
  return fields.filter(([field]) => field.toLowerCase() === wanted).map(([, value]) => value);
}

/** Returns the value of a field; throws if it was sent more than once. */
export function field(response: RawResponse, name: string): string | undefined {
  const values = fieldValues(response, name);
  if (values.length > 1) throw new Error(`${name} was sent ${values.length} times`);
  return values[0];
}

/**
 * Sends bytes as they are and reads until as many responses are complete as requests were sent.
 *
 * @param methods of the requests in `bytes`, in order: a response to HEAD has no body
 */
export function exchange(
  place: Place,
  bytes: string | Uint8Array,
  methods: readonly string[] = ["GET"],
): Promise<Exchange> {
  const socket = connectTo(place);
  const { promise, resolve, reject } = Promise.withResolvers<Exchange>();
  let received = Buffer.alloc(0);
  const settle = (closed: boolean) => {
    const { responses, rest } = parseResponses(received, methods);
    if (!closed && responses.length < methods.length) return;
    resolve({ responses, rest, closed });
    socket.destroy();
  };
  socket.on("data", (data) => {
    received = Buffer.concat([received, data as Buffer]); // bytes, as no encoding is set
    settle(false);
  });
  socket.on("close", () => settle(true));
  socket.on("error", (error) => (received.length > 0 ? settle(true) : reject(error)));
  writeLatin1(socket, bytes);
  return promise;
}

/** Sends a request and reads its response; throws if the server closes without an answer. */
export async function request(
  place: Place,
  method: string,
  target: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<RawResponse> {
  if (TRANSPORT === "http2" && typeof place === "number") {
    await using connection = new Http2Connection(place);
    return await connection.request(method, target, fields);
  }
  const { responses } = await exchange(place, formatRequest(method, target, fields), [method]);
  const [response] = responses;
  if (response === undefined) throw new Error(`no answer to ${method} ${target}`);
  return response;
}

/** Formats an HTTP/1.1 request without a body. */
export function formatRequest(
  method: string,
  target: string,
  fields: Readonly<Record<string, string>> = {},
): string {
  const lines = Object.entries({ Host: "localhost", ...fields }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** Writes bytes; a string has one byte per character, so that rows can have any byte. */
function writeLatin1(socket: Socket, bytes: string | Uint8Array): void {
  if (typeof bytes === "string") socket.write(bytes, "latin1");
  else socket.write(bytes);
}

/** Collects the head of an answer, which may come in pieces. */
export class HeadReader {
  #received = Buffer.alloc(0);

  /**
   * Takes the next piece.
   *
   * @returns the head with the empty line at its end, and the bytes after it; `undefined` until it is whole
   */
  take(piece: Buffer): { readonly head: Buffer; readonly rest: Buffer } | undefined {
    this.#received = Buffer.concat([this.#received, piece]);
    const end = this.#received.indexOf("\r\n\r\n");
    if (end === -1) return undefined;
    return { head: this.#received.subarray(0, end + 4), rest: this.#received.subarray(end + 4) };
  }
}

/** Parses all complete responses, and returns them with the bytes after them. */
export function parseResponses(received: Buffer, methods: readonly string[]) {
  const responses: RawResponse[] = [];
  let rest = received;
  for (const method of methods) {
    const parsed = parseResponse(rest, method);
    if (parsed === undefined) break;
    responses.push(parsed.response);
    rest = parsed.rest;
  }
  return { responses, rest };
}

function parseResponse(bytes: Buffer, method: string) {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const [, status = "", reason = ""] = /^HTTP\/1\.1 (\d{3}) (.*)$/.exec(statusLine) ?? [];
  if (status === "") throw new Error(`no status line: ${JSON.stringify(statusLine)}`);
  const fields = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  const start = headEnd + 4;
  const body = readBody(bytes.subarray(start), { method, status: Number(status), fields });
  if (body === undefined) return undefined;
  const response: RawResponse = { status: Number(status), reason, fields, body: body.content };
  return { response, rest: bytes.subarray(start + body.length) };
}

/** Reads the body of a response: RFC 9112 §6.3. */
function readBody(
  bytes: Buffer,
  head: { method: string; status: number; fields: RawResponse["fields"] },
): { content: Buffer; length: number } | undefined {
  const isBodiless = head.method === "HEAD" || head.status === 204 || head.status === 304;
  if (isBodiless || head.status === 101) return { content: Buffer.alloc(0), length: 0 };
  const value = (name: string) => head.fields.find(([field]) => field.toLowerCase() === name)?.[1];
  if (value("transfer-encoding") === "chunked") return readChunks(bytes);
  const length = Number(value("content-length") ?? 0);
  return bytes.length < length ? undefined : { content: bytes.subarray(0, length), length };
}

function readChunks(bytes: Buffer): { content: Buffer; length: number } | undefined {
  const chunks: Buffer[] = [];
  for (let position = 0; ;) {
    const lineEnd = bytes.indexOf("\r\n", position);
    if (lineEnd === -1) return undefined;
    const size = parseInt(bytes.toString("latin1", position, lineEnd), 16);
    const end = lineEnd + 2 + size + 2;
    if (bytes.length < end) return undefined;
    chunks.push(bytes.subarray(lineEnd + 2, end - 2));
    position = end;
    if (size === 0) return { content: Buffer.concat(chunks), length: end };
  }
}
