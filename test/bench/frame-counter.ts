/** RFC 6455 §5.2: opcodes from here on are those of control frames. */
const FIRST_CONTROL_OPCODE = 0x8;

/** Counts the messages in what a WebSocket server sends, without keeping what they carry. */
export class FrameCounter {
  /** The head of the frame under way: its first byte, the length, and where that is extended. */
  readonly #head = Buffer.alloc(10);
  #headBytes = 0;
  /** Of the payload under way, still to come. */
  #missing = 0;

  /** Takes the next bytes; returns how many messages, control frames left out, they complete. */
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

/** At least 2, and right as soon as there are two bytes; a server masks nothing. */
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
