import { expect, test } from "bun:test";
import { backOff } from "../../src/workers/back-off.ts";

test.each([
  // A worker that keeps ending at once is replaced after ever longer delays, up to half a minute.
  [
    { livedMs: 0, soonBefore: 0 },
    { delayMs: 0, soon: 1 },
  ],
  [
    { livedMs: 0, soonBefore: 1 },
    { delayMs: 500, soon: 2 },
  ],
  [
    { livedMs: 0, soonBefore: 2 },
    { delayMs: 1000, soon: 3 },
  ],
  [
    { livedMs: 0, soonBefore: 7 },
    { delayMs: 30_000, soon: 8 },
  ],
  [
    { livedMs: 0, soonBefore: 5000 },
    { delayMs: 30_000, soon: 5001 },
  ],
  [
    { livedMs: 9999, soonBefore: 0 },
    { delayMs: 0, soon: 1 },
  ],
  // It ran for a while, so it can run.
  [
    { livedMs: 10_000, soonBefore: 0 },
    { delayMs: 0, soon: 0 },
  ],
  [
    { livedMs: 10_000, soonBefore: 8 },
    { delayMs: 0, soon: 0 },
  ],
])("backOff(%j) is %j", (death, expected) => {
  expect(backOff(death)).toEqual(expected);
});
