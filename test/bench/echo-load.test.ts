import { expect, setDefaultTimeout, test } from "bun:test";
import { cellsOf } from "../helpers/markdown-cells.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { ECHO_CASES, medianResult, renderEchoes } from "./echo-load.ts";

setDefaultTimeout(PATIENCE_MS);

const result = { messagesPerSecond: 1, cpuMicroseconds: 1, p50Ms: 1, p99Ms: 1, clientBusy: 0 };

test("ECHO_CASES has each size at 1, 64 and 500 connections", () => {
  expect(ECHO_CASES.map(({ title }) => title)).toEqual(
    ["20 B", "1 KB", "16 KB", "1 MB"].flatMap((size) =>
      [1, 64, 500].map((connections) => `${size} × ${connections}`),
    ),
  );
});

test("medianResult() takes the median of each figure by itself", () => {
  const results = [
    { ...result, messagesPerSecond: 30, p99Ms: 5 },
    { ...result, messagesPerSecond: 10, p99Ms: 9 },
    { ...result, messagesPerSecond: 20, p99Ms: 7 },
  ];
  expect(medianResult(results)).toEqual({ ...result, messagesPerSecond: 20, p99Ms: 7 });
});

test("renderEchoes() puts ours beside the other, or a dash where that cannot be had", () => {
  const meerkat = {
    messagesPerSecond: 161255.2,
    cpuMicroseconds: 6.05,
    p50Ms: 0.354,
    p99Ms: 1.2,
    clientBusy: 1,
  };
  const ws = {
    messagesPerSecond: 1277,
    cpuMicroseconds: 1336.9,
    p50Ms: 47.4,
    p99Ms: 94.8,
    clientBusy: 1,
  };
  const table = renderEchoes([
    { title: "20 B × 64", results: { meerkat, ws } },
    { title: "1 KB × 1", results: { meerkat } },
  ]);
  expect(cellsOf(table).slice(1)).toEqual([
    ["20 B × 64", "161,255", "1,277", "6.0", "1,337", "0.35 / 1.2 ms", "47 / 95 ms"],
    ["1 KB × 1", "161,255", "–", "6.0", "–", "0.35 / 1.2 ms", "–"],
  ]);
});
