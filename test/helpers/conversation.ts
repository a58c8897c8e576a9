import { connect, type Socket } from "node:net";
import { formatClose, formatFrame, formatHandshake, OPCODE, type Frame } from "./raw-websocket.ts";

/** The answers of a server to a client that sends everything at once, up to the end of the connection. */
export interface Conversation {
  /** The status line and the header fields, as they were sent. */
  readonly head: string;
  /** Each frame in the form of `text()`, `pong()` and so on. */
  readonly frames: readonly string[];
  /** The same frames, as they were sent. */
  readonly raw: readonly Frame[];
  /** The connection ended with a FIN after a whole frame, not with a reset. */
  readonly isClean: boolean;
}

/** The bytes that the client sends, and when. */
export interface ConversationOptions {
  readonly handshake?: string;
  /** The segments to send, each in a later turn of the event loop than the previous one. */
  readonly segments: readonly Uint8Array[];
  /** Sends the first segment with the handshake, without waiting for the 101. */
  readonly isImpatient?: boolean;
  /** The client ends its half of the connection after the last segment. */
  readonly endsFirst?: boolean;
}

/** Sends the segments, and reads until the server closes the connection. */
export async function converse(port: number, options: ConversationOptions): Promise<Conversation> {
  const { handshake = formatHandshake(), segments, isImpatient = false } = options;
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.setNoDelay(true);
  const chunks: Buffer[] = [];
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const { promise: ended, resolve: end } = Promise.withResolvers<boolean>();
  socket.on("data", (data) => {
    chunks.push(data as Buffer); // bytes, as no encoding is set
    open(); // the head comes in one piece; a refusal ends the connection soon enough
  });
  socket.on("end", () => end(true));
  socket.on("error", () => end(false));
  const [first = Buffer.alloc(0), ...others] = segments;
  socket.write(isImpatient ? Buffer.concat([Buffer.from(handshake), first]) : handshake);
  if (!isImpatient) await Promise.race([opened, ended]);
  await writeApart(socket, isImpatient ? others : segments);
  if (options.endsFirst) socket.end();
  const isFinished = await ended;
  socket.destroy();
  return parseConversation(Buffer.concat(chunks), isFinished);
}

/**
 * Sends frames and a Close in one segment, and resolves with the answers. A violation is answered with
 * its code, and the server reads nothing after it; otherwise the Close is answered. Throws unless the
 * connection ends cleanly.
 */
export async function answerTo(port: number, sent: readonly Uint8Array[]): Promise<string[]> {
  const { frames, isClean } = await converse(port, {
    segments: [Buffer.concat([...sent, GOODBYE])],
  });
  if (!isClean) throw new Error(`the connection was cut off behind ${frames.join(", ")}`);
  return [...frames];
}

async function writeApart(socket: Socket, segments: readonly Uint8Array[]): Promise<void> {
  for (const segment of segments) {
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(segment);
  }
}

/** A row of a table: the rule, the segments that the client sends, and the expected answer. */
export type Row = readonly [rule: string, sent: readonly Uint8Array[], answer: readonly string[]];

/** The Close that ends the conversation of a row, if the row has not ended it before. */
export const GOODBYE = formatFrame(OPCODE.close, formatClose(1000));

/** Describes the expected text frame: whole, and without reserved bits. */
export const text = (payload: string | Uint8Array = "") => describe(OPCODE.text, payload);
export const binary = (payload: string | Uint8Array = "") => describe(OPCODE.binary, payload);
export const pong = (payload: string | Uint8Array = "") => describe(OPCODE.pong, payload);

/** Describes an expected Close with this code and any reason; without a code, one without a payload. */
export const close = (code?: number) => (code === undefined ? "close" : `close ${code}`);

/** The names of the frames that a server may send. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [OPCODE.text, "text"],
  [OPCODE.binary, "binary"],
  [OPCODE.close, "close"],
  [OPCODE.ping, "ping"],
  [OPCODE.pong, "pong"],
]);

/** Longer payloads are shown by their hash, so that differences stay readable. */
const LONGEST_SHOWN = 80;

/** Describes a frame in the form of `text()`, `pong()` and so on, with unexpected bits in front. */
export function describeFrame({ final, reserved, opcode, payload }: Frame): string {
  const name = NAMES.get(opcode) ?? `opcode ${opcode}`;
  const oddBits = final && reserved === 0 ? [] : [`(FIN ${Number(final)}, RSV ${reserved})`];
  return [name, ...oddBits, ...describePayload(opcode, payload)].join(" ");
}

function describe(opcode: number, payload: string | Uint8Array): string {
  const bytes = Buffer.from(payload as Uint8Array);
  return describeFrame({ final: true, reserved: 0, opcode, payload: bytes });
}

function describePayload(opcode: number, bytes: Buffer): readonly string[] {
  if (opcode === OPCODE.close) return bytes.length < 2 ? [] : [String(bytes.readUInt16BE())];
  if (bytes.length <= LONGEST_SHOWN) return [JSON.stringify(bytes.toString("latin1"))];
  return [`${bytes.length} bytes, ${Bun.hash(bytes).toString(36)}`];
}

function parseConversation(bytes: Buffer, isFinished: boolean): Conversation {
  const headEnd = bytes.indexOf("\r\n\r\n") + 4;
  const raw: Frame[] = [];
  let rest = bytes.subarray(headEnd);
  for (let frame = readFrame(rest); frame !== undefined; frame = readFrame(rest)) {
    raw.push(frame);
    rest = rest.subarray(frame.end);
  }
  const isClean = isFinished && rest.length === 0;
  const head = bytes.toString("latin1", 0, headEnd);
  return { head, raw, frames: raw.map(describeFrame), isClean };
}

/** Reads the first frame of the bytes; throws if it is masked or its length is not the shortest. */
function readFrame(bytes: Buffer): (Frame & { readonly end: number }) | undefined {
  const [first = 0, short = 0] = bytes;
  if (short > 127) throw new Error("a server's frame is masked (RFC 6455 §5.1)");
  const start = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < start) return undefined;
  const length = readLength(bytes, short);
  if (start > 2 && length < (start === 4 ? 126 : 65536)) {
    throw new Error("a length is not the shortest that would do (RFC 6455 §5.2)");
  }
  const end = start + length;
  if (bytes.length < end) return undefined;
  return {
    final: (first & 0x80) !== 0,
    reserved: (first >> 4) & 7,
    opcode: first & 0x0f,
    payload: bytes.subarray(start, end),
    end,
  };
}

function readLength(bytes: Buffer, short: number): number {
  if (short === 127) return Number(bytes.readBigUInt64BE(2));
  return short === 126 ? bytes.readUInt16BE(2) : short;
}
