import { expect, setDefaultTimeout, test } from "bun:test";
import { cellsOf } from "../helpers/markdown-cells.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { figuresOf, renderEchoes } from "./echo-load.ts";

setDefaultTimeout(PATIENCE_MS);

const result = { messagesPerSecond: 1, cpuMicroseconds: 1, p50Ms: 1, p99Ms: 1, clientBusy: 0 };

test("figuresOf() takes the median of each figure by itself, and the least CPU time", () => {
  const results = [
    { ...result, messagesPerSecond: 30, cpuMicroseconds: 4, p99Ms: 5 },
    { ...result, messagesPerSecond: 10, cpuMicroseconds: 3, p99Ms: 9 },
    { ...result, messagesPerSecond: 20, cpuMicroseconds: 9, p99Ms: 7 },
  ];
  const medians = { ...result, messagesPerSecond: 20, cpuMicroseconds: 4, p99Ms: 7 };
  expect(figuresOf(results)).toEqual({ ...medians, leastCpu: 3 });
});

test("renderEchoes() puts ours beside the others, or a dash where they cannot be had", () => {
  const meerkat = {
    messagesPerSecond: 161255.2,
    cpuMicroseconds: 6.05,
    leastCpu: 6,
    p50Ms: 0.354,
    p99Ms: 1.2,
    clientBusy: 1,
  };
  const ws = {
    messagesPerSecond: 1277,
    cpuMicroseconds: 1336.9,
    leastCpu: 1200,
    p50Ms: 47.4,
    p99Ms: 94.8,
    clientBusy: 1,
  };
  const [costs = "", rates = ""] = renderEchoes([
    { title: "20 B × 64", results: { meerkat, ws } },
    { title: "1 KB × 64", results: { meerkat, bare: { ...meerkat, leastCpu: 5 } } },
  ]).split("\n\n");
  expect(cellsOf(costs).slice(1)).toEqual([
    ["20 B × 64", "6.0 (6.0)", "–", "1,200 (1,337)", "–", "0.01"],
    ["1 KB × 64", "6.0 (6.0)", "5.0 (6.0)", "–", "1.20", "–"],
  ]);
  expect(cellsOf(rates).slice(1)).toEqual([
    ["20 B × 64", "161,255", "–", "1,277", "0.35 / 1.2 ms", "47 / 95 ms"],
    ["1 KB × 64", "161,255", "161,255", "–", "0.35 / 1.2 ms", "–"],
  ]);
});
