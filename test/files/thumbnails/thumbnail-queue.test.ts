import { expect, test } from "bun:test";
import { ThumbnailQueue } from "../../../src/files/thumbnails/thumbnail-queue.ts";

/** The number of keys whose work the queue takes at once: two at work, and those that wait. */
const MOST = 2 + 256;

/** Work that ends when the test says so. */
function makeWork() {
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string | undefined>>();
  const make = (key: string) => (isAlone: boolean) => {
    begun.push(isAlone ? `${key} alone` : key);
    const end = Promise.withResolvers<string | undefined>();
    ends.set(key, end);
    return end.promise;
  };
  /** Ends work that has begun, and waits until the queue has seen it. */
  const settle = async (key: string, outcome: string | undefined) => {
    ends.get(key)?.resolve(outcome);
    await Bun.sleep(0);
  };
  const end = (key: string) => settle(key, `made ${key}`);
  /** Ends it without an outcome, as it can only be done alone. */
  const giveUp = (key: string) => settle(key, undefined);
  const fail = async (key: string) => {
    ends.get(key)?.reject(new Error(`${key} is broken`));
    await Bun.sleep(0);
  };
  return { begun, make, end, giveUp, fail };
}

/** What becomes of a question whose client leaves. */
const GONE = { status: "rejected", reason: "gone" } as const;

const client = () => new AbortController();

function makeQueue() {
  const queue = new ThumbnailQueue<string>();
  const work = makeWork();
  const ask = (key: string, { signal } = client()) => queue.ask(key, work.make(key), signal);
  return { ...work, ask };
}

test("ThumbnailQueue does two pieces of work at a time, in the order of arrival", async () => {
  const { ask, begun, end } = makeQueue();
  const outcomes = ["a", "b", "c", "d"].map((key) => ask(key));
  expect(begun).toEqual(["a", "b"]);
  await end("b");
  expect(begun).toEqual(["a", "b", "c"]);
  await end("a");
  await end("c");
  await end("d");
  expect(await Promise.all(outcomes)).toEqual(["made a", "made b", "made c", "made d"]);
});

test("ThumbnailQueue does work once for all who ask for it, whether it waits or has begun", async () => {
  const { ask, begun, end } = makeQueue();
  const outcomes = ["a", "b", "c", "a", "c"].map((key) => ask(key));
  for (const key of ["a", "b", "c"]) await end(key);
  expect(begun).toEqual(["a", "b", "c"]);
  expect((await Promise.all(outcomes)).toSorted()).toEqual([
    "made a",
    "made a",
    "made b",
    "made c",
    "made c",
  ]);
  void ask("a");
  expect(begun).toEqual(["a", "b", "c", "a"]);
});

test("ThumbnailQueue does work that takes much memory alone", async () => {
  const { ask, begun, end, giveUp } = makeQueue();
  for (const key of ["a", "large", "b", "c", "d"]) void ask(key);
  await giveUp("large");
  expect(begun).toEqual(["a", "large"]);
  await end("a");
  expect(begun).toEqual(["a", "large", "large alone"]);
  await end("large");
  expect(begun).toEqual(["a", "large", "large alone", "b", "c"]);
});

test("ThumbnailQueue refuses work that would wait behind too many, until there is room", async () => {
  const { ask, begun, end } = makeQueue();
  for (let key = 0; key < MOST; key++) expect(ask(`${key}`)).toBeDefined();
  expect(ask("one more")).toBeUndefined();
  expect(ask("5")).toBeDefined(); // it waits already
  await end("0");
  expect(ask("one more")).toBeDefined();
  expect(begun).toHaveLength(3);
});

test("ThumbnailQueue does not begin work that nobody waits for any more", async () => {
  const { ask, begun, end } = makeQueue();
  const [gone, other] = [client(), client()];
  void ask("a");
  void ask("b");
  const left = [ask("c", gone), ask("d", gone)];
  const stays = ask("d", other);
  gone.abort("gone");
  expect(await Promise.allSettled(left)).toEqual([GONE, GONE]);
  await end("a");
  expect(begun).toEqual(["a", "b", "d"]);
  await end("d");
  expect(await stays).toBe("made d");
});

test("ThumbnailQueue ends work whose client leaves, and takes no client that has left", async () => {
  const { ask, begun, end } = makeQueue();
  const gone = client();
  const left = ask("a", gone);
  gone.abort("gone");
  expect(await Promise.allSettled([left, ask("b", gone)])).toEqual([GONE, GONE]);
  expect(begun).toEqual(["a"]);
  const joined = ask("a");
  await end("a");
  expect(await joined).toBe("made a");
});

test("ThumbnailQueue tells everybody of a failure, and goes on", async () => {
  const { ask, begun, fail } = makeQueue();
  const [one, other] = ["a", "a", "b", "c"].map((key) => ask(key));
  const failures = Promise.allSettled([one, other]);
  await fail("a");
  const failure = { status: "rejected", reason: new Error("a is broken") };
  expect(await failures).toEqual([failure, failure] as never);
  expect(begun).toEqual(["a", "b", "c"]);
});
