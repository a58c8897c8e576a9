import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { cellsOf } from "../helpers/markdown-cells.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import type { Attack, Outcome } from "./attack.ts";
import { isWithin, renderAttacks } from "./table.ts";

setDefaultTimeout(PATIENCE_MS);

const attack: Attack = {
  row: "D0",
  name: "nothing",
  fill: () => undefined,
  run: async () => ({ seen: "all", isKept: true }),
};
const waits = { echoMs: 30, idleEchoMs: 5, healthMs: 2 };
const outcome: Outcome = {
  seen: "all",
  isKept: true,
  peakMb: 250,
  cpuSeconds: 1.24,
  leftOpen: 20,
  waits,
};

describe("isWithin()", () => {
  test.each([
    ["the memory is beyond its limit", { peakMb: 251 }, false],
    ["the memory could not be read", { peakMb: Number.NaN }, false],
    ["the echo took too long", { waits: { ...waits, echoMs: 106 } }, false],
    ["health took too long", { waits: { ...waits, healthMs: 1001 } }, false],
    ["files were left open", { leftOpen: 21 }, false],
    ["the promise was broken", { isKept: false }, false],
    ["the machine held up an idle server too", { waits: { ...waits, echoMs: 105 } }, true],
    ["the waits were not measured", { waits: undefined }, true],
  ])("%s", (_, others, expected) =>
    expect(isWithin({ attack, outcome: { ...outcome, ...others } })).toBe(expected),
  );
});

test("renderAttacks() has each figure beside its limit, and says which is beyond", () => {
  const slow = { ...outcome, peakMb: 300, isKept: false, waits: undefined };
  const large = { ...attack, name: "much", limits: { memoryMb: 700 } };
  const results = [
    { attack, outcome },
    { attack, outcome: slow },
    { attack: large, outcome },
  ];
  expect(cellsOf(renderAttacks(results)).slice(1)).toEqual([
    ["D0 nothing", "250 of 250", "30 (5) of 100", "2 of 1000", "1.2", "20 of 20", "all"],
    ["D0 nothing", "300 of 250 BROKEN", "–", "–", "1.2", "20 of 20", "all BROKEN"],
    ["D0 much", "250 of 700", "30 (5) of 100", "2 of 1000", "1.2", "20 of 20", "all"],
  ]);
});
