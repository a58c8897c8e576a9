import { expect, test } from "bun:test";
import { wholeLines } from "../../src/workers/whole-lines.ts";

/** Lines of these lengths, the line feed included. */
const lines = (...lengths: number[]) =>
  Buffer.from(lengths.map((length) => `${"x".repeat(length - 1)}\n`).join(""));

test.each([
  // A line that is longer than a pipe takes in one piece is written alone and whole.
  [lines(4097), 4097],
  [lines(5000, 10), 5000],
  [lines(10, 5000), 10],
  [lines(4090, 10), 4090],
  [lines(4000, 96, 10), 4096],
  [lines(4000, 97), 4000],
  [lines(2000, 2000, 2000), 4000],
  [lines(10, 10), 20],
  [lines(4096), 4096],
  // The rest of a line that was cut by a pipe that was full, with its end still to come.
  [Buffer.alloc(5000, "x"), 5000],
  [Buffer.alloc(0), 0],
])("wholeLines() of %p takes %i bytes", (bytes, expected) => {
  expect(wholeLines(bytes)).toEqual(bytes.subarray(0, expected));
});
