import { afterEach, describe, expect, test } from "bun:test";
import type { FaultOptions } from "../../src/echo/fault-options.ts";
import { Delays, type Delayed } from "../../src/echo/delays.ts";
import { Faults, type FaultLine } from "../../src/echo/faults.ts";
import type { Message } from "../../src/echo/held-messages.ts";

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

/** A clock that stands still. */
const makeDelays = () => new Delays(() => 0);

/** A faults that writes down what it does to its connection, and which messages it frees. */
function makeFaults(delays = makeDelays(), special: Special = {}) {
  const { options = DELAYED, now = () => 0, end } = special;
  const done: string[] = [];
  const freed: Message[] = [];
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
    free: (message) => void freed.push(message),
  };
  const faults = new Faults(options, { line, now, delays });
  made.push(faults);
  return { faults, done, freed };
}

/** The same bytes each time, so that it costs nothing to hold many. */
const LARGE = Buffer.alloc(16 * MIB);
const SMALL = LARGE.subarray(0, 1);

/** Waits for the next turn of the event loop, in which all connections are read again. */
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("Faults.receive(), with a delay,", () => {
  test("stops reading at 1 MiB of one connection", () => {
    const { faults, done } = makeFaults();
    for (let count = 0; count < 3; count++) faults.receive(LARGE.subarray(0, MIB / 4));
    expect(done).toEqual([]);
    faults.receive(LARGE.subarray(0, MIB / 4));
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
    faults.receive(LARGE.subarray(0, MIB));
    expect(done).toEqual(["hold", "give up"]);
  });

  test("stops reading at once where all connections together hold 256 MiB", async () => {
    const delays = makeDelays();
    for (let count = 0; count < 4; count++) {
      const { faults } = makeFaults(delays);
      for (let message = 0; message < 4; message++) faults.receive(LARGE);
    }
    expect(delays.heldBytes).toBeGreaterThanOrEqual(256 * MIB);
    await nextTurn();
    const { faults, done } = makeFaults(delays);
    faults.receive(SMALL);
    expect(done).toEqual(["hold"]);
  });

  test("D3 beyond 512 MiB closes the connection that holds the most, and no other", async () => {
    const delays = makeDelays();
    const others = Array.from({ length: 8 }, () => makeFaults(delays));
    for (const [index, { faults }] of others.entries()) {
      for (let count = 0; count < (index === 3 ? 4 : 3); count++) faults.receive(LARGE);
    }
    const largest = others.splice(3, 1);
    // Each of these is within its own limit; there are many of them.
    const fair = Array.from({ length: 113 }, () => makeFaults(delays));
    for (const { faults } of fair) faults.receive(LARGE.subarray(0, MIB));
    expect(largest.map(({ done }) => done)).toEqual([["hold", "give up"]]);
    expect(delays.heldBytes).toBeLessThanOrEqual(512 * MIB);
    const more = Array.from({ length: 1000 }, () => makeFaults(delays));
    for (const { faults } of more) faults.receive(LARGE.subarray(0, MIB));
    expect(others.map(({ done }) => done.at(-1))).toEqual(Array(7).fill("give up"));
    expect(delays.heldBytes).toBeLessThanOrEqual(512 * MIB);
    expect(more.at(-1)?.done).toEqual(["hold"]);
  });

  test("gives all of it back where it ends in the middle of what is due", async () => {
    const delays = makeDelays();
    const ended = Promise.withResolvers<void>();
    const ending = { kind: "drop", after: 1 } as const;
    const clock = { ms: 0 };
    const { faults, freed } = makeFaults(delays, {
      options: { ...DELAYED, delayMs: 1, ending },
      now: () => clock.ms,
      end: ended.resolve,
    });
    for (let count = 0; count < 3; count++) faults.receive(LARGE);
    faults.receive(SMALL);
    clock.ms = 1;
    await ended.promise;
    expect(delays.heldBytes).toBe(0);
    expect(freed.filter((message) => message === LARGE)).toHaveLength(3);
  });

  test("gives back what it held when the connection is gone, or the server stops", () => {
    const delays = makeDelays();
    const gone = makeFaults(delays);
    gone.faults.receive(LARGE);
    gone.faults.stop();
    gone.faults.stop();
    const flushed = makeFaults(delays);
    flushed.faults.receive(LARGE);
    flushed.faults.flush();
    expect(flushed.done).toEqual(["hold", `send ${LARGE.length}`]);
    expect(delays.heldBytes).toBe(0);
  });
});

describe("D3 Faults", () => {
  /** What becomes of a large message, and how many of three are freed. */
  const FATES: readonly (readonly [name: string, fate: (faults: Faults) => void])[] = [
    ["echoed at once", (faults) => faults.flush()],
    ["forgotten with its connection", (faults) => faults.stop()],
  ];

  test.each(FATES)("frees messages that are %s", (_name, fate) => {
    const { faults, freed } = makeFaults();
    for (const message of [LARGE, "text".repeat(5000), LARGE]) faults.receive(message);
    expect(freed).toEqual([]);
    fate(faults);
    expect(freed).toEqual([LARGE, "text".repeat(5000), LARGE]);
  });

  test("frees messages whose time has come, and those without a delay", async () => {
    const clock = { ms: 0 };
    const options = { ...DELAYED, delayMs: 1 };
    const { faults, freed } = makeFaults(makeDelays(), { options, now: () => clock.ms });
    faults.receive(LARGE);
    clock.ms = 1;
    while (freed.length === 0) await Bun.sleep(0);
    expect(freed).toEqual([LARGE]);
    const ticking = makeFaults(makeDelays(), { options: { ...DELAYED, delayMs: 0 } });
    ticking.faults.receive(LARGE);
    expect(ticking.freed).toEqual([LARGE]);
  });

  test("frees messages that Bun delivers after the end", () => {
    const { faults, done, freed } = makeFaults();
    for (let count = 0; count < 5; count++) faults.receive(LARGE);
    expect(done).toEqual(["hold", "give up"]);
    faults.receive(LARGE);
    expect(freed).toHaveLength(6);
  });

  test("counts a text beyond Latin-1 at two bytes a character, whatever its length in UTF-8", () => {
    const delays = makeDelays();
    const { faults } = makeFaults(delays);
    faults.receive(`€${"a".repeat(MIB)}`);
    expect(delays.heldBytes).toBeGreaterThan(2 * MIB);
  });

  test("lets all other delayed connections wait for the next turn after 4 MiB in one", async () => {
    const delays = makeDelays();
    const [first, second, third] = [makeFaults(delays), makeFaults(delays), makeFaults(delays)];
    first.faults.receive(LARGE.subarray(0, 3 * MIB));
    expect(second.done).toEqual([]);
    second.faults.receive(LARGE.subarray(0, MIB));
    expect(third.done).toEqual(["hold"]);
    await nextTurn();
    expect(third.done).toEqual(["hold", "release"]);
    expect(first.done).toEqual(["hold"]); // it holds more than it may
  });

  test("sends what is due in a turn of its own after 4 MiB were read, and reads on then", async () => {
    const delays = makeDelays();
    const done: string[] = [];
    const waiting: Delayed = {
      heldBytes: 0,
      pauseReading: () => void done.push("pause"),
      readOn: () => void done.push("read on"),
      sendOne: () => done.push("send") === 0,
      caughtUp: () => undefined,
      giveUp: () => undefined,
    };
    delays.join(waiting);
    delays.send(waiting);
    delays.noteRead(waiting, 4 * MIB);
    await nextTurn();
    expect(done).toEqual(["pause"]);
    await nextTurn();
    expect(done).toEqual(["pause", "send", "read on"]);
  });

  test("counts an empty message as work, so that a million of them is not one turn", async () => {
    const delays = makeDelays();
    const [flooding, other] = [makeFaults(delays), makeFaults(delays)];
    for (let count = 0; count < 20_000; count++) flooding.faults.receive("");
    expect(other.done).toEqual(["hold"]);
  });

  test("sends what is due in slices, in turn with the others", async () => {
    const clock = { ms: 0 };
    const now = () => (clock.ms += 0.25);
    const delays = new Delays(now);
    const options = { ...DELAYED, delayMs: 1 };
    const both = [makeFaults(delays, { options, now }), makeFaults(delays, { options, now })];
    for (const { faults } of both) for (let n = 0; n < 1000; n++) faults.receive(SMALL);
    const counts: number[] = [];
    while (both.some(({ done }) => done.length < 1000)) {
      await nextTurn();
      counts.push(both.reduce((sum, { done }) => sum + done.length, 0));
    }
    const sent = counts.map((count, index) => count - (counts[index - 1] ?? 0));
    expect(Math.max(...sent)).toBeLessThanOrEqual(16); // what 4 ms allow for on this clock
  });
});

describe("C6 Faults, with ticks,", () => {
  /** A clock that goes on by itself with every tick, so that a minute is over at once. */
  function makeTicking(tickMs: number) {
    const clock = { now: 0 };
    const options = { ...DELAYED, delayMs: 0, everyMs: 1 };
    const made = makeFaults(makeDelays(), { options, now: () => (clock.now += tickMs) });
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
