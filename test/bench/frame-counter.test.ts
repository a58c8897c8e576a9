import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { formatFrame, OPCODE } from "../helpers/raw-websocket.ts";
import { FrameCounter } from "./frame-counter.ts";

setDefaultTimeout(PATIENCE_MS);

const frame = (opcode: number, bytes: number, final = true) =>
  formatFrame(opcode, Buffer.alloc(bytes, 0x81), { final, masked: false });

const STREAM = Buffer.concat([
  frame(OPCODE.text, 0),
  frame(OPCODE.ping, 3), // no message
  frame(OPCODE.binary, 125),
  frame(OPCODE.binary, 126),
  frame(OPCODE.text, 5, false), // the first part of the next
  frame(OPCODE.continuation, 0),
  frame(OPCODE.binary, 65535),
  frame(OPCODE.binary, 65536),
  frame(OPCODE.close, 2),
]);
const MESSAGES = 6;

describe("FrameCounter", () => {
  test.each([1, 2, 3, 7, 1000, 65536, STREAM.length])(
    "counts messages in pieces of %i bytes",
    (size) => {
      const counter = new FrameCounter();
      let messages = 0;
      for (let start = 0; start < STREAM.length; start += size) {
        messages += counter.read(STREAM.subarray(start, start + size));
      }
      expect(messages).toBe(MESSAGES);
    },
  );

  test("counts a message when its last byte has come, not before", () => {
    const counter = new FrameCounter();
    const bytes = frame(OPCODE.binary, 300);
    expect(counter.read(bytes.subarray(0, -1))).toBe(0);
    expect(counter.read(bytes.subarray(-1))).toBe(1);
  });
});
