import { describe, expect, test } from "bun:test";
import {
  compareEcho,
  countDue,
  createBurst,
  createContent,
  describePlan,
  describeResult,
  describeSpeed,
  findPause,
  takeTime,
} from "../../../public/workbench/burst.js";

type Plan = Parameters<typeof createBurst>[0];

const PLAN: Plan = {
  kind: "plan",
  count: 100,
  size: 64,
  rate: Infinity,
  flight: Infinity,
  type: "binary",
};
const make = (plan: Partial<Plan>, seed = 7) =>
  createBurst({ ...PLAN, ...plan }, { seed, startedAt: 1000, isCompressed: false });

describe("createContent()", () => {
  test.each([0, 1, 3, 4, 5, 64, 10_000])("makes binary messages of %d bytes", (size) => {
    const burst = make({ size });
    expect([0, 1, 1500].map((index) => createContent(burst, index).length)).toEqual([
      size,
      size,
      size,
    ]);
  });

  test.each([0, 1, 2, 64, 10_000])("makes printable text of %d bytes", (size) => {
    const text = createContent(make({ size, type: "text" }), 123);
    expect(text).toHaveLength(size);
    expect(text).toMatch(/^[ -~]*$/);
  });

  test("begins with the number", () => {
    expect(createContent(make({ type: "text" }), 42)).toStartWith("42:");
    expect(createContent(make({}), 258).slice(0, 4)).toEqual(new Uint8Array([0, 0, 1, 2]));
  });

  test("follows from the seed, 0 included", () => {
    expect(createContent(make({}), 5)).toEqual(createContent(make({}), 5));
    expect(createContent(make({}, 8), 5)).not.toEqual(createContent(make({}), 5));
    expect(new Set([...createContent(make({ size: 64 }, 0), 5)]).size).toBeGreaterThan(8);
  });

  test("makes neighbours that differ", () => {
    for (const type of ["text", "binary"] as const) {
      const burst = make({ type });
      const contents = Array.from({ length: 100 }, (_, index) => `${createContent(burst, index)}`);
      expect(new Set(contents).size).toBe(100);
    }
  });
});

describe("compareEcho()", () => {
  const sentOf = (plan: Partial<Plan>, sent = 2) => Object.assign(make(plan), { sent });

  test("knows the echo that is due", () => {
    const burst = sentOf({});
    const [first = "", second = ""] = [0, 1].map((index) => createContent(burst, index));
    expect(compareEcho(burst, first)).toBe("exact");
    expect(compareEcho(burst, second)).toBe("altered");
    expect(compareEcho(Object.assign(burst, { received: 1 }), second)).toBe("exact");
  });

  test.each([
    ["tick 1", "other"],
    [new Uint8Array(63), "other"],
    ["x".repeat(64), "other"],
    [new Uint8Array(64), "altered"],
  ] as const)("takes %p for %s", (data, wanted) => {
    expect(compareEcho(sentOf({}), data)).toBe(wanted);
  });

  test("expects none where none is under way", () => {
    const burst = sentOf({}, 0);
    expect(compareEcho(burst, createContent(burst, 0))).toBe("other");
  });
});

test.each([
  [Infinity, 1000, 100],
  [10, 1000, 1],
  [10, 1099, 1],
  [10, 1100, 2],
  [10, 1_000_000, 100],
])("countDue() at %d/s and %d ms is %d", (rate, now, due) => {
  expect(countDue(make({ rate }), now)).toBe(due);
});

// Ten thousand echoes that wait keep the page from being drawn for 0.1 s.
test.each([
  [Infinity, Infinity, 2500],
  [1_000_000, Infinity, 9000],
  [Infinity, 5000, 5500],
])("countDue() at %d/s with %d in flight and 500 received is %d", (rate, flight, due) => {
  const burst = Object.assign(make({ count: 9000, rate, flight }), { received: 500 });
  expect(countDue(burst, 2000)).toBe(due);
});

test.each([
  [Infinity, 50, 1000, 0],
  [10, 1, 1000, 100],
  [10, 1, 1090, 10],
  [10, 1, 5000, 0],
])("findPause() at %d/s with %d sent at %d ms is %d", (rate, sent, now, pause) => {
  expect(findPause(Object.assign(make({ rate }), { sent }), now)).toBe(pause);
});

test.each([
  [0, 0, 8],
  [8, 0, 8],
  [8, 1, 9],
  [99, 98, 100],
])("countDue() with %d sent, %d received and 8 in flight is %d", (sent, received, due) => {
  expect(countDue(Object.assign(make({ flight: 8 }), { sent, received }), 1000)).toBe(due);
});

test.each([
  [{ count: 1000 }, "1,000 × 64 B binary, as fast as they go"],
  [{ rate: 2000, type: "text" as const }, "100 × 64 B text, at 2,000/s"],
  [{ flight: 8 }, "100 × 64 B binary, with 8 in flight"],
  [{ rate: 50, flight: 1 }, "100 × 64 B binary, at 50/s with 1 in flight"],
])("describePlan() of %j says the pace", (plan, wanted) => {
  expect(describePlan({ ...PLAN, ...plan })).toBe(wanted);
});

test.each([
  [0, 64, "0 messages/s · 0 MB/s"],
  [1000, 64, "1,000 messages/s · 0.064 MB/s"],
  [12_345.6, 1000, "12,346 messages/s · 12 MB/s"],
])("describeSpeed(%d, %d) is %j", (perSecond, size, wanted) => {
  expect(describeSpeed(perSecond, size)).toBe(wanted);
});

test.each([
  [{ sent: 10, received: 6 }, "6 of 10 echoes, in order and byte-exact"],
  [
    { sent: 20, received: 20, wrong: 2, firstWrong: 5 },
    "20 of 20 echoes, 2 of them wrong, the first is no. 5",
  ],
])("describeResult() of %j begins with the echoes", (counts, wanted) => {
  expect(describeResult(Object.assign(make({}), counts), 100).split("\n")[0]).toBe(wanted);
});

describe("E4 describeResult() says what was measured", () => {
  /** A burst whose echoes took 1 to 100 ms, and half of them came before the other half. */
  const measured = (plan: Partial<Plan>) => {
    const burst = make(plan);
    for (let sent = 0; sent < 100; sent += 1) burst.times[sent] = 1000;
    for (let ms = 100; ms > 0; ms -= 1) takeTime(burst, 1000 + ms);
    return Object.assign(burst, { sent: 100 });
  };
  const TIMES = "p50 50.0 ms · p95 95.0 ms · p99 99.0 ms · max 100 ms";

  test("throughput without a limit", () => {
    expect(describeResult(measured({}), 200).split("\n").slice(1)).toEqual([
      "Throughput: 500 messages/s · 0.032 MB/s · 200 ms · not compressed",
      `Round trips, mostly the wait for their turn: ${TIMES}`,
    ]);
  });

  test.each([
    [{ flight: 8 }, "Latency with 8 in flight"],
    [{ rate: 500 }, "Latency at 500/s"],
    [{ rate: 500, flight: 2 }, "Latency at 500/s with 2 in flight"],
  ])("latency with %j", (plan, head) => {
    const burst = Object.assign(measured(plan), { isCompressed: true });
    expect(describeResult(burst, 200).split("\n").slice(1)).toEqual([
      `${head}: ${TIMES}`,
      "500 messages/s · 0.032 MB/s · 200 ms · permessage-deflate",
    ]);
  });

  test("of a burst without an echo, or without a duration, divides by nothing", () => {
    expect(describeResult(make({ flight: 1 }), 0)).toContain("p50 – · p95 – · p99 – · max –");
    const instant = Object.assign(make({}), { sent: 1, received: 1 });
    expect(describeResult(instant, 0)).toContain("10,000 messages/s · 0.64 MB/s · <0.1 ms");
  });
});
