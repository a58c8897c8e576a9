import { describe, expect, test } from "bun:test";
import { SharedTurns } from "../../../src/files/slices/shared-turns.ts";
import { Slices } from "../../../src/files/slices/slices.ts";
import { waitFor, type Sliced } from "../../../src/files/slices/sliced.ts";
import { finish } from "../../helpers/finish.ts";

/** Turns of work that ends when a test says so, and that counts how often it begins. */
function setUp() {
  const turns = new SharedTurns<string>();
  const slices = new Slices();
  const begun: string[] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const ask = (key: string, signal?: AbortSignal, failure?: Error) => {
    function* work(): Sliced<string> {
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      begun.push(key);
      yield* waitFor(gate.promise);
      if (failure !== undefined) throw failure;
      return `${key} ${gates.indexOf(gate)}`;
    }
    return Promise.resolve(slices.run(turns.do(key, work), signal)).catch(String);
  };
  /** Lets all work end, also what begins later. */
  const open = async () => {
    for (let count = 0; count < 20; count++) {
      for (const { resolve } of gates) resolve();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { begun, ask, open };
}

describe("D9 SharedTurns.do()", () => {
  test("does what comes alone at once", () => {
    function* work(): Sliced<string> {
      return "done";
    }
    const turns = new SharedTurns<string>();
    expect(finish(turns.do("a", work))).toBe("done");
    expect(finish(turns.do("a", work))).toBe("done");
  });

  test("does once what many wait for, but not what has begun", async () => {
    const { begun, ask, open } = setUp();
    const first = ask("a");
    const others = Array.from({ length: 60 }, (_, index) => ask(index % 2 === 0 ? "a" : "b"));
    await open();
    expect(begun).toEqual(["a", "a", "b"]);
    expect(await first).toBe("a 0");
    expect(new Set(await Promise.all(others))).toEqual(new Set(["a 1", "b 2"]));
  });

  test("is done for the others if the client of the first goes", async () => {
    const { begun, ask, open } = setUp();
    const clients = Array.from({ length: 3 }, () => new AbortController());
    const results = [ask("z"), ...clients.map(({ signal }) => ask("a", signal))];
    const others = Array.from({ length: 9 }, () => ask("a"));
    clients[0]?.abort(new Error("gone"));
    clients[2]?.abort(new Error("gone"));
    await open();
    expect(await Promise.all(results)).toEqual(["z 0", "Error: gone", "a 1", "Error: gone"]);
    expect(new Set(await Promise.all(others))).toEqual(new Set(["a 2"]));
    expect(begun).toEqual(["z", "a", "a"]);
  });

  test("is tried again for the others if it fails", async () => {
    const { begun, ask, open } = setUp();
    const results = [ask("z"), ask("a", undefined, new Error("broken")), ask("a")];
    await open();
    expect(await Promise.all(results)).toEqual(["z 0", "Error: broken", "a 2"]);
    expect(begun).toEqual(["z", "a", "a"]);
  });
});
