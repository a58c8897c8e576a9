import { describe, expect, test } from "bun:test";
import { SendingBudget } from "../../src/files/sending-budget.ts";

function makeBudget() {
  let nowMs = 0;
  let collections = 0;
  const budget = new SendingBudget({
    maxBytes: 100,
    now: () => nowMs,
    collect: () => {
      collections++;
      nowMs += 5;
      Bun.gc(true);
    },
  });
  return { budget, pass: (ms: number) => (nowMs += ms), collections: () => collections };
}

describe("SendingBudget", () => {
  test("gives as many bytes as there are, and no more", () => {
    const { budget } = makeBudget();
    const controllers = [1, 2, 3].map(() => new AbortController());
    expect(controllers.map(({ signal }) => budget.take(50, signal))).toEqual([true, true, false]);
  });

  test("has them back when a client goes", () => {
    const { budget } = makeBudget();
    const gone = new AbortController();
    const { signal } = new AbortController();
    expect(budget.take(100, gone.signal)).toBe(true);
    expect(budget.take(1, signal)).toBe(false);
    gone.abort();
    expect(budget.take(100, signal)).toBe(true);
  });

  test("has them back when an answer is out and its signal collected", async () => {
    const { budget } = makeBudget();
    const kept = new AbortController();
    for (let each = 0; each < 10; each++) budget.take(10, new AbortController().signal);
    // What was made in this turn may be referred to by its stack still.
    await new Promise((resolve) => setImmediate(resolve));
    expect(budget.take(60, kept.signal)).toBe(true);
  });

  test("collects for a fourth of the time at most", () => {
    const { budget, pass, collections } = makeBudget();
    const { signal } = new AbortController();
    budget.take(100, signal);
    for (let each = 0; each < 10; each++) budget.take(1, signal);
    expect(collections()).toBe(1);
    pass(19);
    budget.take(1, signal);
    expect(collections()).toBe(1);
    pass(1);
    budget.take(1, signal);
    expect(collections()).toBe(2);
  });
});
