import { expect, test } from "bun:test";
import { connectionsWithin, marksOf } from "../../src/system/descriptors.ts";

test.each([
  // A quarter is reserved; WebSockets have the rest.
  [1024, { scarce: 896, critical: 960 }, 768],
  [256, { scarce: 224, critical: 240 }, 192],
  // At least 64 are reserved.
  [128, { scarce: 96, critical: 112 }, 64],
  [65, { scarce: 33, critical: 49 }, 1],
])("marksOf() and connectionsWithin() a limit of %i", (limit, marks, connections) => {
  expect(marksOf(limit)).toEqual(marks);
  expect(connectionsWithin(limit)).toBe(connections);
});
