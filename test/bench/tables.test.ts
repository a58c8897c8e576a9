import { expect, setDefaultTimeout, test } from "bun:test";
import { cellsOf } from "../helpers/markdown-cells.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { renderCosts, renderRates } from "./servers.ts";
import { renderYardstick } from "./yardsticks.ts";

setDefaultTimeout(PATIENCE_MS);

const figures = (leastCpu: number) => ({
  leastCpu,
  medianCpu: leastCpu + 0.5,
  answersPerSecond: 1234.4,
});

test("renderYardstick() shows the least and the median, ratios, and dashes", () => {
  const table = renderYardstick("Host alone", [
    { title: "1 KB", figures: { meerkat: figures(9), least: figures(8), nginx: figures(10) } },
    { title: "404", figures: { meerkat: figures(1500.4) } },
    { title: "304", figures: { least: figures(8) } },
  ]);
  expect(cellsOf(table).slice(1)).toEqual([
    ["1 KB", "9.0 (9.5)", "8.0 (8.5)", "10.0 (10.5)", "–", "1.13", "0.90"],
    ["404", "1,500 (1,501)", "–", "–", "–", "–", "–"],
    ["304", "–", "8.0 (8.5)", "–", "–", "–", "–"],
  ]);
});

const MEASURED = {
  rows: [
    { title: "1 KB", figures: { meerkat: figures(9), serve: figures(150) } },
    { title: "404", figures: { meerkat: figures(12) } },
  ],
  memoryKb: { meerkat: 50 * 1024, serve: 90 * 1024 },
};
const NAMED = [
  { name: "meerkat", title: "Meerkat" },
  { name: "serve", title: "`serve`" },
  { name: "caddy", title: "Caddy" },
];

test("renderCosts() has a row for each server, with dashes where it has no figure", () => {
  expect(cellsOf(renderCosts(MEASURED, NAMED))).toEqual([
    ["CPU-µs a request", "1 KB", "404", "memory"],
    ["Meerkat", "9.0", "12.0", "50 MB"],
    ["`serve`", "150.0", "–", "90 MB"],
    ["Caddy", "–", "–", "–"],
  ]);
});

test("renderRates() shows answers a second", () => {
  expect(cellsOf(renderRates(MEASURED, NAMED)).slice(1)).toEqual([
    ["Meerkat", "1,234", "1,234"],
    ["`serve`", "1,234", "–"],
    ["Caddy", "–", "–"],
  ]);
});
