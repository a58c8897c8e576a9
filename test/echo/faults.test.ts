import { afterEach, describe, expect, test } from "bun:test";
import type { BenchOptions } from "../../src/echo/fault-options.ts";
import { TestBench, type BenchLine, type HeldTotal } from "../../src/echo/faults.ts";

const MIB = 1024 * 1024;

/** Later than any test ends. */
const DELAYED: BenchOptions = {
  delayMs: 60_000,
  jitterMs: 0,
  ending: undefined,
  greeting: undefined,
  everyMs: undefined,
};

const benches: TestBench[] = [];

afterEach(() => {
  for (const bench of benches.splice(0)) bench.stop();
});

interface Special {
  readonly options?: BenchOptions;
  readonly now?: () => number;
  readonly end?: () => void;
}

/** A bench that writes down what it does to its connection. */
function makeBench(total: HeldTotal = { bytes: 0 }, special: Special = {}) {
  const { options = DELAYED, now = () => 0, end } = special;
  const done: string[] = [];
  const line: BenchLine = {
    send: (message) => void done.push(`send ${message.length}`),
    isBehind: () => false,
    hold: () => void done.push("hold"),
    release: () => void done.push("release"),
    end: ({ kind }) => {
      done.push(kind);
      end?.();
    },
    giveUp: () => void done.push("give up"),
  };
  const bench = new TestBench(options, { line, now, total });
  benches.push(bench);
  return { bench, done };
}

/** The same bytes each time, so that it costs nothing to hold many. */
const LARGE = Buffer.alloc(16 * MIB);
const SMALL = LARGE.subarray(0, 1);

describe("TestBench.receive(), with a delay,", () => {
  test("stops reading at 1 MiB of one connection", () => {
    const { bench, done } = makeBench();
    for (let count = 0; count < 4; count++) bench.receive(LARGE.subarray(0, MIB / 4));
    expect(done).toEqual(["hold"]);
  });

  test("stops reading at 4,096 messages of one connection", () => {
    const { bench, done } = makeBench();
    for (let count = 0; count < 4095; count++) bench.receive("");
    expect(done).toEqual([]);
    bench.receive("");
    expect(done).toEqual(["hold"]);
  });

  test("gives up beyond 64 MiB of one connection, which were read before it stopped", () => {
    const { bench, done } = makeBench();
    for (let count = 0; count < 4; count++) bench.receive(LARGE);
    expect(done).toEqual(["hold"]);
    bench.receive(SMALL);
    expect(done).toEqual(["hold", "give up"]);
  });

  test("stops reading at once where all connections together hold 256 MiB", () => {
    const total = { bytes: 0 };
    for (let count = 0; count < 4; count++) {
      const { bench } = makeBench(total);
      for (let message = 0; message < 4; message++) bench.receive(LARGE);
    }
    expect(total.bytes).toBe(256 * MIB);
    const { bench, done } = makeBench(total);
    bench.receive(SMALL);
    expect(done).toEqual(["hold"]);
  });

  test("gives up a connection that has more than its share of 512 MiB, and no other", () => {
    const total = { bytes: 0 };
    const others = Array.from({ length: 8 }, () => makeBench(total));
    for (const { bench } of others) for (let n = 0; n < 4; n++) bench.receive(LARGE);
    const honest = makeBench(total);
    honest.bench.receive(SMALL);
    expect(honest.done).toEqual(["hold"]);
    const greedy = makeBench(total);
    greedy.bench.receive(LARGE);
    expect(greedy.done).toEqual(["give up"]);
  });

  test("gives all of it back where it ends in the middle of what is due", async () => {
    const total = { bytes: 0 };
    const ended = Promise.withResolvers<void>();
    const ending = { kind: "drop", after: 1 } as const;
    const clock = { ms: 0 };
    const { bench } = makeBench(total, {
      options: { ...DELAYED, delayMs: 1, ending },
      now: () => clock.ms,
      end: ended.resolve,
    });
    for (let count = 0; count < 3; count++) bench.receive(LARGE);
    clock.ms = 1;
    await ended.promise;
    expect(total.bytes).toBe(0);
  });

  test("gives back what it held when the connection is gone, or the server stops", () => {
    const total = { bytes: 0 };
    const gone = makeBench(total);
    gone.bench.receive(LARGE);
    gone.bench.stop();
    gone.bench.stop();
    const flushed = makeBench(total);
    flushed.bench.receive(LARGE);
    flushed.bench.flush();
    expect(flushed.done).toEqual(["hold", `send ${LARGE.length}`]);
    expect(total.bytes).toBe(0);
  });
});
