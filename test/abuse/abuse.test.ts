import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { FEW_OPEN, LIMITS, measure } from "./attack.ts";
import { ATTACKS } from "./attacks.ts";
import { spellingOf } from "./codings.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";

setDefaultTimeout(PATIENCE_MS);

/** Attacks whose outcome is the same on a slow machine; `run.ts` has the others, and the echoes. */
const UNTIMED = ATTACKS.filter(({ isTimed = false, isLong = false }) => !isTimed && !isLong);

describe.skipIf(process.platform !== "linux")("an attack stays within its bounds", () => {
  test.each(UNTIMED.map((attack) => [`${attack.row} ${attack.name}`, attack] as const))(
    "%s",
    async (_, attack) => {
      const { memoryMb } = { ...LIMITS, ...attack.limits };
      const { isKept, seen, peakMb, leftOpen } = await measure(attack, false);
      expect([seen, isKept]).toEqual([seen, true]);
      expect(peakMb).toBeLessThanOrEqual(memoryMb);
      expect(leftOpen).toBeLessThanOrEqual(FEW_OPEN);
    },
  );
});

test("every row of the field report has an attack", () => {
  const rows = Array.from({ length: 10 }, (_, index) => `D${index + 1}`);
  expect(rows.filter((row) => !ATTACKS.some((attack) => attack.row === row))).toEqual([]);
});

test("spellingOf() escapes the letters that a number tells", () => {
  expect([0, 1, 5].map((number) => spellingOf("big", number))).toEqual(["big", "%62ig", "%62i%67"]);
});
