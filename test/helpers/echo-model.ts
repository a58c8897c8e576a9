import { isUtf8 } from "node:buffer";
import { binary, close, pong, text } from "./conversation.ts";
import { OPCODE } from "./raw-websocket.ts";

/** The answers to some bytes that RFC 6455 allows an echo, in the form of `converse()`. */
export interface Verdict {
  readonly frames: readonly string[];
  /** The Closes that may follow; `undefined` stands for none, as the conversation goes on. */
  readonly ends: readonly (string | undefined)[];
}

interface Head {
  readonly isFinal: boolean;
  readonly reserved: number;
  readonly opcode: number;
  readonly isMasked: boolean;
  /** The length in the first 7 bits. */
  readonly short: number;
  /** Bytes up to the payload, and in it; `undefined` if the head is not there as a whole. */
  readonly size: { readonly head: number; readonly payload: number } | undefined;
}

const PROTOCOL_ERROR = 1002;
const INVALID_TEXT = 1007;
const TOO_BIG = 1009;
const LONGEST_CONTROL_BYTES = 125;

/**
 * Judges a client's frames up to the first that ends the conversation. If a frame breaks several rules,
 * any of their codes is right; if it is incomplete, no Close is right too.
 */
export function judge(bytes: Buffer, maxMessageBytes: number): Verdict {
  const frames: string[] = [];
  let parts: Buffer[] | undefined;
  let type: number = OPCODE.text;
  for (let rest = bytes; ;) {
    const head = readHead(rest);
    if (head === undefined) return { frames, ends: [undefined] };
    const wrongs = wrongsOf(head, parts !== undefined, maxMessageBytes);
    if (wrongs.length > 0) {
      return {
        frames,
        ends: [...wrongs.map(close), ...(head.size === undefined ? [undefined] : [])],
      };
    }
    const { size, opcode, isFinal } = head;
    if (size === undefined || rest.length < size.head + size.payload) {
      return { frames, ends: [undefined] };
    }
    const payload = unmask(rest, size);
    rest = rest.subarray(size.head + size.payload);
    if (opcode === OPCODE.close) return { frames, ends: endsOf(payload) };
    if (opcode === OPCODE.ping) frames.push(pong(payload));
    if (opcode >= OPCODE.close) continue;
    if (opcode !== OPCODE.continuation) type = opcode;
    parts = [...(parts ?? []), payload];
    if (!isFinal) continue;
    const message = Buffer.concat(parts);
    parts = undefined;
    if (type === OPCODE.text && !isUtf8(message)) return { frames, ends: [close(INVALID_TEXT)] };
    frames.push(type === OPCODE.text ? text(message) : binary(message));
  }
}

/** Reads the head of a frame: RFC 6455 §5.2. */
function readHead(bytes: Buffer): Head | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  const short = second & 0x7f;
  const key = short === 127 ? 10 : short === 126 ? 4 : 2;
  const isWhole = bytes.length >= key + 4;
  const payload = () => {
    if (short === 127) return Number(bytes.readBigUInt64BE(2));
    return short === 126 ? bytes.readUInt16BE(2) : short;
  };
  return {
    isFinal: (first & 0x80) !== 0,
    reserved: (first >> 4) & 7,
    opcode: first & 0x0f,
    isMasked: (second & 0x80) !== 0,
    short,
    size: isWhole ? { head: key + 4, payload: payload() } : undefined,
  };
}

/** Returns the codes of the rules that a head breaks. */
function wrongsOf(head: Head, isWithinMessage: boolean, maxMessageBytes: number): number[] {
  const { isFinal, reserved, opcode, isMasked, short, size } = head;
  const isControl = opcode >= OPCODE.close;
  const isStart = opcode === OPCODE.text || opcode === OPCODE.binary;
  const isContinuation = opcode === OPCODE.continuation;
  const isWrong =
    !isMasked || // §5.1
    reserved !== 0 || // §5.2
    !(Object.values(OPCODE) as number[]).includes(opcode) || // §5.2
    (isControl && (!isFinal || short > LONGEST_CONTROL_BYTES)) || // §5.5
    (isWithinMessage ? isStart : isContinuation); // §5.4
  const isTooBig = (size?.payload ?? 0) > maxMessageBytes; // §7.4.1
  return [...(isWrong ? [PROTOCOL_ERROR] : []), ...(isTooBig ? [TOO_BIG] : [])];
}

function unmask(bytes: Buffer, { head, payload }: { head: number; payload: number }): Buffer {
  const key = bytes.subarray(head - 4, head);
  const covered = bytes.subarray(head, head + payload);
  return Buffer.from(covered.map((byte, index) => byte ^ (key[index & 3] ?? 0)));
}

/** Returns the possible answers to a Close: RFC 6455 §5.5.1 and §7.4. */
function endsOf(payload: Buffer): string[] {
  if (payload.length === 0) return [close()];
  if (payload.length === 1) return [close(PROTOCOL_ERROR)];
  const code = payload.readUInt16BE();
  const isRegistered = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
  const wrongs = [
    ...(isRegistered || (code >= 3000 && code <= 4999) ? [] : [PROTOCOL_ERROR]),
    ...(isUtf8(payload.subarray(2)) ? [] : [INVALID_TEXT]),
  ];
  return wrongs.length === 0 ? [close(code)] : wrongs.map(close);
}
