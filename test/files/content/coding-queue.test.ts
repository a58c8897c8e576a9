import { describe, expect, test } from "bun:test";
import { CodingQueue } from "../../../src/files/content/coding-queue.ts";

const MEGABYTE = 1024 * 1024;

/** A queue whose compressions end when a test says so. */
function setUp() {
  const gates: PromiseWithResolvers<Uint8Array>[] = [];
  const made: string[] = [];
  const queue = new CodingQueue(() => {
    const gate = Promise.withResolvers<Uint8Array>();
    gates.push(gate);
    return gate.promise;
  });
  const offer = (name: string, bytes = 1) =>
    queue.offer(new Blob([new Uint8Array(bytes)]), "br", () => made.push(name));
  return { gates, made, offer };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("D1 CodingQueue", () => {
  test("makes one coding at a time, in order, also after one that failed", async () => {
    const { gates, made, offer } = setUp();
    expect(["a", "b", "c"].map((name) => offer(name))).toEqual([true, true, true]);
    await turn();
    expect(gates).toHaveLength(1);
    gates[0]?.resolve(new Uint8Array());
    await turn();
    expect([gates.length, made]).toEqual([2, ["a"]]);
    gates[1]?.reject(new Error("no memory"));
    await turn();
    gates[2]?.resolve(new Uint8Array());
    await turn();
    expect([gates.length, made]).toEqual([3, ["a", "c"]]);
    expect(offer("d")).toBe(true);
    await turn();
    expect(gates).toHaveLength(4);
  });

  test("lets a few wait, and takes no more until there is room", async () => {
    const { gates, offer } = setUp();
    const taken = Array.from({ length: 20 }, (_, index) => offer(`${index}`));
    expect(taken.filter(Boolean)).toHaveLength(9); // one is under way
    await turn();
    gates[0]?.resolve(new Uint8Array());
    await turn();
    expect([offer("again"), offer("and again")]).toEqual([true, false]);
  });

  test("lets a few bytes wait", () => {
    const { offer } = setUp();
    offer("under way", 3 * MEGABYTE);
    expect([offer("a", 3 * MEGABYTE), offer("b", 2 * MEGABYTE), offer("c", MEGABYTE)]).toEqual([
      true,
      false,
      true,
    ]);
  });
});
