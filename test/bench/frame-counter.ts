/** The first opcode of control frames: RFC 6455 §5.2. */
const FIRST_CONTROL_OPCODE = 0x8;

/** Counts the messages of a WebSocket server without keeping their payloads. */
export class FrameCounter {
  /** The head of the current frame: its first byte, the length, and the extended length. */
  readonly #head = Buffer.alloc(10);
  #headBytes = 0;
  /** The rest of the current payload that has not come yet. */
  #missing = 0;

  /** Reads the next bytes; returns the number of messages, without control frames, that they complete. */
  read(chunk: Uint8Array): number {
    let messages = 0;
    for (let position = 0; position < chunk.length;) {
      if (this.#missing > 0) {
        const taken = Math.min(this.#missing, chunk.length - position);
        this.#missing -= taken;
        position += taken;
      } else {
        this.#head[this.#headBytes++] = chunk[position++] ?? 0;
        if (this.#headBytes < headLength(this.#head)) continue;
        this.#missing = payloadLength(this.#head);
        this.#headBytes = 0;
      }
      if (this.#headBytes === 0 && this.#missing === 0 && endsMessage(this.#head)) messages++;
    }
    return messages;
  }
}

/** Returns the length of a head, which two bytes determine; a server masks nothing. */
function headLength(head: Buffer): number {
  const short = (head[1] ?? 0) & 0x7f;
  return short === 127 ? 10 : short === 126 ? 4 : 2;
}

function payloadLength(head: Buffer): number {
  const short = (head[1] ?? 0) & 0x7f;
  if (short === 127) return Number(head.readBigUInt64BE(2));
  return short === 126 ? head.readUInt16BE(2) : short;
}

function endsMessage(head: Buffer): boolean {
  const first = head[0] ?? 0;
  return (first & 0x80) !== 0 && (first & 0x0f) < FIRST_CONTROL_OPCODE;
}
