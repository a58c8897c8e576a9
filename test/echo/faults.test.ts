import { afterEach, describe, expect, test } from "bun:test";
import type { FaultOptions } from "../../src/echo/fault-options.ts";
import { Faults, type FaultLine } from "../../src/echo/faults.ts";
import type { HeldTotal } from "../../src/echo/held-messages.ts";

const MIB = 1024 * 1024;

/** Later than any test ends. */
const DELAYED: FaultOptions = {
  delayMs: 60_000,
  jitterMs: 0,
  ending: undefined,
  greeting: undefined,
  everyMs: undefined,
};

const made: Faults[] = [];

afterEach(() => {
  for (const faults of made.splice(0)) faults.stop();
});

interface Special {
  readonly options?: FaultOptions;
  readonly now?: () => number;
  readonly end?: () => void;
}

/** A faults that writes down what it does to its connection. */
function makeFaults(total: HeldTotal = { bytes: 0 }, special: Special = {}) {
  const { options = DELAYED, now = () => 0, end } = special;
  const done: string[] = [];
  const line: FaultLine = {
    send: (message) => void done.push(`send ${message.length}`),
    isBehind: () => false,
    hold: () => void done.push("hold"),
    release: () => void done.push("release"),
    end: ({ kind }) => {
      done.push(kind);
      end?.();
    },
    giveUp: () => void done.push("give up"),
    ping: () => void done.push("ping"),
    cutOff: () => void done.push("cut off"),
  };
  const faults = new Faults(options, { line, now, total });
  made.push(faults);
  return { faults, done };
}

/** The same bytes each time, so that it costs nothing to hold many. */
const LARGE = Buffer.alloc(16 * MIB);
const SMALL = LARGE.subarray(0, 1);

describe("Faults.receive(), with a delay,", () => {
  test("stops reading at 1 MiB of one connection", () => {
    const { faults, done } = makeFaults();
    for (let count = 0; count < 4; count++) faults.receive(LARGE.subarray(0, MIB / 4));
    expect(done).toEqual(["hold"]);
  });

  test("stops reading at 4,096 messages of one connection", () => {
    const { faults, done } = makeFaults();
    for (let count = 0; count < 4095; count++) faults.receive("");
    expect(done).toEqual([]);
    faults.receive("");
    expect(done).toEqual(["hold"]);
  });

  test("gives up beyond 64 MiB of one connection, which were read before it stopped", () => {
    const { faults, done } = makeFaults();
    for (let count = 0; count < 4; count++) faults.receive(LARGE);
    expect(done).toEqual(["hold"]);
    faults.receive(SMALL);
    expect(done).toEqual(["hold", "give up"]);
  });

  test("stops reading at once where all connections together hold 256 MiB", () => {
    const total = { bytes: 0 };
    for (let count = 0; count < 4; count++) {
      const { faults } = makeFaults(total);
      for (let message = 0; message < 4; message++) faults.receive(LARGE);
    }
    expect(total.bytes).toBe(256 * MIB);
    const { faults, done } = makeFaults(total);
    faults.receive(SMALL);
    expect(done).toEqual(["hold"]);
  });

  test("gives up a connection that has more than its share of 512 MiB, and no other", () => {
    const total = { bytes: 0 };
    const others = Array.from({ length: 8 }, () => makeFaults(total));
    for (const { faults } of others) for (let n = 0; n < 4; n++) faults.receive(LARGE);
    const honest = makeFaults(total);
    honest.faults.receive(SMALL);
    expect(honest.done).toEqual(["hold"]);
    const greedy = makeFaults(total);
    greedy.faults.receive(LARGE);
    expect(greedy.done).toEqual(["give up"]);
  });

  test("gives all of it back where it ends in the middle of what is due", async () => {
    const total = { bytes: 0 };
    const ended = Promise.withResolvers<void>();
    const ending = { kind: "drop", after: 1 } as const;
    const clock = { ms: 0 };
    const { faults } = makeFaults(total, {
      options: { ...DELAYED, delayMs: 1, ending },
      now: () => clock.ms,
      end: ended.resolve,
    });
    for (let count = 0; count < 3; count++) faults.receive(LARGE);
    clock.ms = 1;
    await ended.promise;
    expect(total.bytes).toBe(0);
  });

  test("gives back what it held when the connection is gone, or the server stops", () => {
    const total = { bytes: 0 };
    const gone = makeFaults(total);
    gone.faults.receive(LARGE);
    gone.faults.stop();
    gone.faults.stop();
    const flushed = makeFaults(total);
    flushed.faults.receive(LARGE);
    flushed.faults.flush();
    expect(flushed.done).toEqual(["hold", `send ${LARGE.length}`]);
    expect(total.bytes).toBe(0);
  });
});

describe("C6 Faults, with ticks,", () => {
  /** A clock that goes on by itself with every tick, so that a minute is over at once. */
  function makeTicking(tickMs: number) {
    const clock = { now: 0 };
    const options = { ...DELAYED, delayMs: 0, everyMs: 1 };
    const made = makeFaults({ bytes: 0 }, { options, now: () => (clock.now += tickMs) });
    return { ...made, clock };
  }

  /** Waits for something that the faults do. */
  async function untilDone(done: readonly string[], what: string): Promise<number> {
    while (!done.includes(what)) await Bun.sleep(0);
    return done.indexOf(what);
  }

  test("pings a silent peer, and cuts it off when it does not answer", async () => {
    const { faults, done } = makeTicking(1000);
    faults.open();
    const pinged = await untilDone(done, "ping");
    const cutOff = await untilDone(done, "cut off");
    expect(pinged).toBeLessThan(cutOff);
    expect(done.filter((each) => each === "ping")).toHaveLength(1);
  });

  test("goes on with a peer that answers", async () => {
    const { faults, done } = makeTicking(1000);
    faults.open();
    for (let round = 0; round < 3; round++) {
      await untilDone(done, "ping");
      faults.heard();
      done.length = 0;
    }
    expect(done).not.toContain("cut off");
  });
});
