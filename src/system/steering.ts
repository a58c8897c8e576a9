import { SocketCalls, type SocketOption } from "./socket-calls.ts";
import { listListeners } from "./socket-options.ts";

/** The place of a listener in the kernel's list of those that share its port. */
export interface Place {
  /** From 0, in the order in which they began to listen; when one leaves, the last takes its place. */
  readonly index: number;
  readonly count: number;
}

const SO_DETACH_REUSEPORT_BPF: SocketOption = [1, 68];

/** Instructions of classic BPF: linux/bpf_common.h and linux/filter.h. */
const LOAD_WORD = 0x20;
const LOAD_BYTE = 0x30;
const AND = 0x54;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
const MODULO = 0x94;
const JUMP_IF_AT_LEAST = 0x35;
const ADD = 0x04;
const RETURN_A = 0x16;
const RANDOM = 0xfffff000 + 56;

const INSTRUCTION_BYTES = 8; // sizeof(struct sock_filter)

/**
 * Encodes a BPF program that picks any of `count` listeners but the one at `index`. If the number has
 * changed and the pick is out of range, the kernel picks by itself.
 */
export function encodeAvoidance({ index, count }: Place): Buffer {
  return Buffer.concat([
    encodeInstruction(LOAD_WORD, RANDOM),
    encodeInstruction(MODULO, count - 1),
    encodeInstruction(JUMP_IF_AT_LEAST, index, { skipUnless: 1 }),
    encodeInstruction(ADD, 1),
    encodeInstruction(RETURN_A, 0),
  ]);
}

/** The place of the flags in a TCP header, and two of them: RFC 9293 §3.1. */
const FLAGS_AT = 13;
const SYN = 0x02;
const ACK = 0x10;

/** How many bytes of a segment a filter keeps. */
const NOTHING = 0;
const ALL = 0xffffffff;

/** Encodes a BPF program that drops the first segment of a new connection and keeps all others. */
function encodeNewcomerFilter(): Buffer {
  return Buffer.concat([
    encodeInstruction(LOAD_BYTE, FLAGS_AT),
    encodeInstruction(AND, SYN | ACK),
    encodeInstruction(JUMP_IF_EQUAL, SYN, { skipUnless: 1 }),
    encodeInstruction(RETURN, NOTHING),
    encodeInstruction(RETURN, ALL),
  ]);
}

/**
 * Begins no more connections at the listeners of a port, until they close: a listener that closes resets
 * the connections that it has not accepted yet. Connections that have begun are still accepted. A client
 * that comes meanwhile hears nothing, asks again after a second, and finds the next server, or none.
 */
export function turnNewcomersAway(port: number): void {
  const calls = SocketCalls.open();
  if (calls === undefined) return;
  const code = encodeNewcomerFilter();
  for (const listener of listListeners(calls)) {
    if (calls.localPort(listener) === port) calls.attachFilter(listener, code);
  }
}

/**
 * Steers new connections to the other processes that share this process's ports. A listener that closes
 * resets the connections that it has not accepted yet; after steering away there are none.
 */
export function steerAway(place: Place): void {
  const calls = SocketCalls.open();
  if (calls === undefined || place.count < 2) return;
  const code = encodeAvoidance(place);
  for (const listener of listListeners(calls)) calls.attachPicker(listener, code);
}

/** Stops steering: the kernel distributes new connections to all listeners again. */
export function stopSteering(): void {
  const calls = SocketCalls.open();
  if (calls === undefined) return;
  for (const listener of listListeners(calls)) {
    calls.setNumber(listener, SO_DETACH_REUSEPORT_BPF, 0);
  }
}

function encodeInstruction(code: number, operand: number, { skipUnless = 0 } = {}): Buffer {
  const bytes = Buffer.alloc(INSTRUCTION_BYTES);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(skipUnless, 3);
  bytes.writeUInt32LE(operand, 4);
  return bytes;
}
