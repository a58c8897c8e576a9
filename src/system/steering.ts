import { SocketCalls, type SocketOption } from "./socket-calls.ts";
import { listListeners } from "./socket-options.ts";

/** Where a listener stands among those that share its port. */
export interface Place {
  /** From 0 on, in the order in which they began to listen; who leaves gives theirs to the last. */
  readonly index: number;
  readonly count: number;
}

const SO_DETACH_REUSEPORT_BPF: SocketOption = [1, 68];

/** linux/bpf_common.h and linux/filter.h. */
const LOAD_WORD = 0x20;
const MODULO = 0x94;
const JUMP_IF_AT_LEAST = 0x35;
const ADD = 0x04;
const RETURN_A = 0x16;
const RANDOM = 0xfffff000 + 56;

const INSTRUCTION_BYTES = 8; // sizeof(struct sock_filter)

/**
 * The program in the kernel's own code that picks one of `count` listeners, but not the one at
 * `index`. If there are others by then than it knows of, the kernel picks by itself.
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

/**
 * Has new connections go to the others that share this process's ports. Who closes a listener resets
 * the connections that it has not accepted yet; after this there are none.
 */
export function steerAway(place: Place): void {
  const calls = SocketCalls.open();
  if (calls === undefined || place.count < 2) return;
  const code = encodeAvoidance(place);
  for (const listener of listListeners(calls)) calls.attachPicker(listener, code);
}

/** Has them go to all again, each to the one that the kernel picks. */
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
