import { describe, expect, test } from "bun:test";
import { cpuBetween, parseSchedstat, parseTicks } from "./cpu.ts";

describe("parseTicks()", () => {
  const rest = "R 1 2 3 0 -1 4194304 1278 0 0 0 100 23 0 0 20 0 1 0 704135";
  test.each([
    ["a plain name", `11689 (bun) ${rest}`],
    ["a name with spaces and parentheses", `11689 (a) b (c) ${rest}`],
  ])("%s", (_, stat) => expect(parseTicks(stat)).toBe(123));

  test("says NaN rather than a wrong number", () => expect(parseTicks("1 (x) R 1")).toBeNaN());
});

describe("parseSchedstat()", () => {
  test("takes the time on the CPU, not the time in the queue", () => {
    expect(parseSchedstat("1002835492 747709 15\n")).toBe(1002835492);
  });
});

describe("cpuBetween()", () => {
  const none = { livingThreads: 0, ticks: 0 };

  test("prefers the exact clocks", () => {
    expect(cpuBetween(none, { livingThreads: 1.234e9, ticks: 1.24e9 })).toBe(1.234e9);
  });

  test("falls back on the ticks, less one, when a thread ended and took its time along", () => {
    const before = { livingThreads: 5e9, ticks: 5e9 };
    expect(cpuBetween(before, { livingThreads: 3e9, ticks: 7e9 })).toBe(1.99e9);
  });
});
