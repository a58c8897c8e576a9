import { describe, expect, test } from "bun:test";
import { OneAtATime } from "../../../src/files/slices/one-at-a-time.ts";
import { Slices } from "../../../src/files/slices/slices.ts";
import { waitFor, type Sliced } from "../../../src/files/slices/sliced.ts";
import { finish } from "../../helpers/finish.ts";

describe("OneAtATime.do()", () => {
  test("does what comes alone at once", () => {
    function* work(): Sliced<number> {
      yield;
      return 42;
    }
    const turns = new OneAtATime();
    expect(finish(turns.do(work()))).toBe(42);
    expect(finish(turns.do(work()))).toBe(42);
  });

  test("lets others wait, and takes them in order, also after a failure", async () => {
    const turns = new OneAtATime();
    const slices = new Slices();
    const events: string[] = [];
    const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
    function* work(index: number): Sliced<number> {
      events.push(`begin ${index}`);
      yield* waitFor(gates[index]?.promise ?? Promise.resolve());
      events.push(`end ${index}`);
      if (index === 1) throw new Error("broken");
      return index;
    }
    const results = gates.map((_, index) =>
      Promise.resolve(slices.run(turns.do(work(index)))).catch(String),
    );
    // Whichever could go on first, the order is the one they came in.
    for (const { resolve } of gates.toReversed()) resolve();
    expect(await Promise.all(results)).toEqual([0, "Error: broken", 2, 3]);
    expect(events).toEqual([0, 1, 2, 3].flatMap((index) => [`begin ${index}`, `end ${index}`]));
  });

  test("passes over those whose client has gone while they waited", async () => {
    const turns = new OneAtATime();
    const slices = new Slices();
    const begun: number[] = [];
    const gate = Promise.withResolvers<void>();
    function* work(index: number): Sliced<number> {
      begun.push(index);
      yield* waitFor(gate.promise);
      return index;
    }
    const clients = Array.from({ length: 4 }, () => new AbortController());
    const results = clients.map(({ signal }, index) =>
      Promise.resolve(slices.run(turns.do(work(index)), signal)).catch(String),
    );
    // The one under way, and one that waits.
    clients[0]?.abort(new Error("gone"));
    clients[2]?.abort(new Error("gone"));
    gate.resolve();
    expect(await Promise.all(results)).toEqual(["Error: gone", 1, "Error: gone", 3]);
    expect(begun).toEqual([0, 1, 3]);
  });
});
