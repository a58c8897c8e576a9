import { describe, expect, test } from "bun:test";
import { Slices } from "../../../src/files/slices/slices.ts";
import { waitFor, type Sliced } from "../../../src/files/slices/sliced.ts";

/** Work that goes on until it is told to end: longer than anything that is done at once. */
function endless() {
  const state = { isEnding: false, steps: 0 };
  function* work(): Sliced<string> {
    while (!state.isEnding) {
      state.steps++;
      yield;
    }
    return "done";
  }
  return { state, work };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

const MIB = 1024 * 1024;

describe("Slices.run()", () => {
  test("returns what is done at once, at once", () => {
    function* work(): Sliced<number> {
      yield;
      return 42;
    }
    expect(new Slices().run(work())).toBe(42);
  });

  test("lets the event loop run while there is more to do", async () => {
    const { state, work } = endless();
    const result = new Slices().run(work());
    expect(result).toBeInstanceOf(Promise);
    await turn();
    const before = state.steps;
    await turn();
    expect(state.steps).toBeGreaterThan(before);
    state.isEnding = true;
    expect(await result).toBe("done");
  });

  test("does one slice of all that waits in a turn, and serves whoever waits by turns", async () => {
    const slices = new Slices();
    const all = [endless(), endless(), endless()];
    const results = all.map(({ work }) => slices.run(work()));
    const order: number[] = [];
    for (let count = 0; count < 7; count++) {
      const before = all.map(({ state }) => state.steps);
      await turn();
      const moved = all.flatMap(({ state }, index) =>
        state.steps > before[index]! ? [index] : [],
      );
      expect(moved.length).toBeLessThanOrEqual(1);
      order.push(...moved);
    }
    expect(order.slice(0, 6)).toEqual([0, 1, 2, 0, 1, 2]);
    for (const { state } of all) state.isEnding = true;
    expect(await Promise.all(results)).toEqual(["done", "done", "done"]);
  });

  test("does no more of it once nobody is there to take it", async () => {
    const { state, work } = endless();
    const client = new AbortController();
    const result = Promise.resolve(new Slices().run(work(), client.signal));
    await turn();
    client.abort(new Error("gone"));
    expect(await result.catch(String)).toBe("Error: gone");
    const before = state.steps;
    await turn();
    expect(state.steps).toBe(before);
  });

  test("goes on when what the work waits for is settled, and others meanwhile", async () => {
    const slices = new Slices();
    const { promise, resolve } = Promise.withResolvers<string>();
    const waiting = slices.run(waitFor(promise));
    expect(waiting).toBeInstanceOf(Promise);
    const { state, work } = endless();
    const other = slices.run(work());
    await turn();
    state.isEnding = true;
    expect(await other).toBe("done");
    resolve("come");
    expect(await waiting).toBe("come");
  });

  test.each([
    { runs: 15, ms: 3, bytes: 0, isSpent: false },
    { runs: 16, ms: 3, bytes: 0, isSpent: true },
    { runs: 100, ms: 0.1, bytes: 0, isSpent: false },
    { runs: 2, ms: 20, bytes: 0, isSpent: false },
    { runs: 3, ms: 1, bytes: MIB, isSpent: false },
    { runs: 4, ms: 1, bytes: MIB, isSpent: true },
  ])(
    "$runs requests of $ms ms and $bytes bytes use a turn up: $isSpent",
    async ({ runs, ms, bytes, isSpent }) => {
      const slices = new Slices();
      for (let run = 0; run < runs; run += 1) slices.spend(ms, bytes);
      expect(slices.isSpent).toBe(isSpent);
      await slices.turn();
      expect(slices.isSpent).toBe(false);
    },
  );

  test("does no more in a turn that is used up", async () => {
    const slices = new Slices();
    function* work(): Sliced<string> {
      return "done";
    }
    for (let run = 0; run < 16; run += 1) slices.spend(2);
    const later = slices.run(work());
    expect(later).toBeInstanceOf(Promise);
    expect(await later).toBe("done");
    expect(slices.run(work())).toBe("done"); // in a later turn
  });

  test("does any number at once while there is time", () => {
    function* work(): Sliced<number> {
      return 42;
    }
    const slices = new Slices();
    expect(Array.from({ length: 100 }, () => slices.run(work()))).not.toContainEqual(
      expect.any(Promise),
    );
  });

  test("passes on what the work throws, at once or later", () => {
    function* failing(wait: Promise<void> | undefined): Sliced<void> {
      if (wait !== undefined) yield* waitFor(wait);
      throw new Error("broken");
    }
    const slices = new Slices();
    expect(() => slices.run(failing(undefined))).toThrow("broken");
    expect(async () => await slices.run(failing(Promise.resolve()))).toThrow("broken");
    expect(async () => await slices.run(waitFor(Promise.reject(new Error("no"))))).toThrow("no");
  });
});

describe("Slices.pace()", () => {
  test("lets the event loop run while there is more to do, from the first slice on", async () => {
    const { state, work } = endless();
    const result = new Slices().pace().do(work());
    expect(state.steps).toBe(0);
    await turn();
    const before = state.steps;
    expect(before).toBeGreaterThan(0);
    await turn();
    expect(state.steps).toBeGreaterThan(before);
    state.isEnding = true;
    expect(await result).toBe("done");
  });

  test("takes its turns among those that run", async () => {
    const slices = new Slices();
    const [one, other] = [endless(), endless()];
    const results = [slices.pace().do(one.work()), slices.pace().do(other.work())];
    for (let count = 0; count < 6; count++) {
      const before = [one.state.steps, other.state.steps];
      await turn();
      const moved = [one, other].filter(({ state }, index) => state.steps > before[index]!);
      expect(moved.length).toBeLessThanOrEqual(1);
    }
    for (const { state } of [one, other]) state.isEnding = true;
    expect(await Promise.all(results)).toEqual(["done", "done"]);
  });

  test("does no more of it once nobody is there to take it, and closes what the work has open", async () => {
    const client = new AbortController();
    const pace = new Slices().pace(client.signal);
    const closed: string[] = [];
    const { state, work } = endless();
    function* open(): Sliced<string> {
      try {
        return yield* work();
      } finally {
        closed.push("closed");
      }
    }
    const result = pace.do(open());
    await turn();
    expect(state.steps).toBeGreaterThan(0);
    client.abort(new Error("gone"));
    expect(await result.catch(String)).toBe("Error: gone");
    expect(closed).toEqual(["closed"]);
    expect(await pace.pause().catch(String)).toBe("Error: gone");
  });

  test("goes on when what the work waits for is settled, and passes on what it throws", async () => {
    const pace = new Slices().pace();
    expect(await pace.do(waitFor(Promise.resolve(7)))).toBe(7);
    expect(async () => await pace.do(waitFor(Promise.reject(new Error("no"))))).toThrow("no");
  });
});
