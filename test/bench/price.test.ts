import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { cellsOf } from "../helpers/markdown-cells.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { countAnswers, renderPrices } from "./price.ts";

setDefaultTimeout(PATIENCE_MS);

const MB = 1024 * 1024;

describe("countAnswers()", () => {
  const result = { answers: 10, bytes: 105 * MB, refusals: 0, failures: 0 };

  test("counts the complete ones where a part is next to nothing", () => {
    expect(countAnswers(result, 1024)).toBe(10);
    expect(countAnswers(result)).toBe(10);
  });

  test("counts the parts of large ones too", () => {
    expect(countAnswers(result, 10 * MB)).toBe(10.5);
  });
});

test("renderPrices() shows figures, ratios, and a dash where there is nothing to compare with", () => {
  const table = renderPrices([
    { title: "1 KB", prices: { meerkat: 9, nginx: 10, static: 6 } },
    { title: "404", prices: { meerkat: 1500.4 } },
  ]);
  expect(cellsOf(table).slice(1)).toEqual([
    ["1 KB", "9.0", "10.0", "6.0", "0.90", "1.50"],
    ["404", "1,500", "–", "–", "–", "–"],
  ]);
});
