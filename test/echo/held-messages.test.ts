import { describe, expect, test } from "bun:test";
import { HeldMessages, PACKED_BYTES, type Message } from "../../src/echo/held-messages.ts";

/** Takes all messages that are due. */
function takeAll(held: HeldMessages, nowMs = Infinity): Message[] {
  const taken: Message[] = [];
  while (
    held.take(nowMs, (each) => taken.push(typeof each === "string" ? each : Buffer.from(each)))
  );
  return taken;
}

const large = (byte: number) => Buffer.alloc(PACKED_BYTES + 1, byte);

/** Messages that come out as they went in, type included. */
const MESSAGES: readonly (readonly [name: string, messages: readonly Message[]])[] = [
  ["empty ones of both types", ["", Buffer.alloc(0), ""]],
  ["text with a byte order mark, NUL and beyond the BMP", ["\uFEFF\0é€😀", "é"]],
  ["bytes that are no UTF-8", [Buffer.from([0xff, 0xfe, 0, 0x80])]],
  ["the last size that is packed, and the first that is not", [large(1).subarray(1), large(2)]],
  ["texts of these sizes", ["a".repeat(PACKED_BYTES), "€".repeat(PACKED_BYTES)]],
  ["large between small", ["a", large(1), "b", Buffer.from("c"), large(2), "d"]],
];

describe("HeldMessages", () => {
  test.each(MESSAGES)("gives back %s", (_name, messages) => {
    const held = new HeldMessages();
    // Twice, as the second round finds the buffer that the first has made.
    for (let round = 0; round < 2; round++) {
      for (const message of messages) held.add(message, 0);
      expect(held.count).toBe(messages.length);
      expect(takeAll(held)).toEqual([...messages]);
      expect([held.count, held.dueMs]).toEqual([0, undefined]);
    }
  });

  test("gives back only what is due, and no message before an earlier one", () => {
    const held = new HeldMessages();
    for (const [text, dueMs] of [
      ["a", 5],
      ["b", 3],
      ["c", 7],
    ] as const)
      held.add(text, dueMs);
    expect(held.dueMs).toBe(5);
    expect(takeAll(held, 4)).toEqual([]);
    expect(takeAll(held, 5)).toEqual(["a", "b"]);
    expect(held.dueMs).toBe(7);
  });

  test("keeps the order while messages come and go", () => {
    const held = new HeldMessages();
    const taken: Message[] = [];
    for (let index = 0; index < 10_000; index++) {
      held.add(String(index), index);
      if (index % 3 !== 0) held.take(Infinity, (message) => taken.push(message));
    }
    taken.push(...takeAll(held));
    expect(taken).toEqual(Array.from({ length: 10_000 }, (_, index) => String(index)));
  });

  test("D3 takes some bytes for an empty message, and gives them all back", () => {
    const held = new HeldMessages();
    for (let count = 0; count < 100_000; count++) held.add("", 0);
    expect(held.bytes).toBeGreaterThan(1_000_000);
    expect(held.bytes).toBeLessThan(6_000_000);
    takeAll(held);
    expect(held.bytes).toBe(0);
  });

  test.each([
    ["a".repeat(20_000), 20_000],
    ["é".repeat(20_000), 40_000],
    [`€${"a".repeat(20_000)}`, 40_002], // 20,003 bytes of UTF-8
    [Buffer.alloc(20_000), 20_000],
  ])("D3 counts the memory of a large message, and not its length", (message, bytes) => {
    const held = new HeldMessages();
    held.add("", 0);
    const before = held.bytes;
    held.add(message, 0);
    expect(held.bytes - before).toBe(bytes);
  });
});
