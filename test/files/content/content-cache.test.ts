import { describe, expect, spyOn, test } from "bun:test";
import { CodingQueue } from "../../../src/files/content/coding-queue.ts";
import {
  ContentCache,
  type ContentCacheOptions,
  type KeptResource,
} from "../../../src/files/content/content-cache.ts";
import { representText } from "../../../src/files/content/representation.ts";
import { RequestFields } from "../../../src/http/request-fields.ts";
import { Resource } from "../../../src/files/content/resource.ts";
import type { Watched } from "../../../src/files/root/watched.ts";

const KILOBYTE = 1024;
const MEGABYTE = 1024 * KILOBYTE;

function resourceOf(bytes: number): KeptResource {
  return new Resource(representText("x".repeat(bytes), "image/png", {}));
}

function watch(lookupPath: string): Watched {
  return { lookupPath, fingerprint: undefined };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** A cache over files that change when a test says so, and count how often they are looked at. */
function makeCache(maxBytes: number, others: Partial<ContentCacheOptions> = {}) {
  const changed = new Set<string>();
  const looks: string[] = [];
  const clock = { now: 0 };
  const isUnchanged = ({ lookupPath }: Watched) => {
    looks.push(lookupPath);
    return !changed.has(lookupPath);
  };
  const cache = new ContentCache({
    maxBytes,
    isUnchanged,
    now: () => clock.now,
    onForget: () => undefined,
    ...others,
  });
  const put = (path: string, bytes = KILOBYTE) => {
    const resource = resourceOf(bytes);
    cache.set(path, { resource, files: [watch(path)], gaps: [], hasNews: undefined });
    return resource;
  };
  return { cache, changed, looks, clock, put };
}

describe("ContentCache", () => {
  test("looks at a file once in a turn of the event loop", async () => {
    const { cache, looks, put } = makeCache(100 * KILOBYTE);
    const resource = put("/a");
    await nextTurn();
    expect([cache.get("/a"), cache.get("/a"), cache.get("/a")]).toEqual([
      resource,
      resource,
      resource,
    ]);
    expect(looks).toEqual(["/a"]);
    await nextTurn();
    cache.get("/a");
    expect(looks).toEqual(["/a", "/a"]);
  });

  test("forgets what has changed", async () => {
    const { cache, changed, put } = makeCache(100 * KILOBYTE);
    put("/a");
    await nextTurn();
    changed.add("/a");
    expect(cache.get("/a")).toBeUndefined();
    expect([cache.size, cache.bytes]).toEqual([0, 0]);
  });

  test("forgets a file with a sibling that has changed", async () => {
    const { cache, changed } = makeCache(100 * KILOBYTE);
    cache.set("/a", {
      resource: resourceOf(KILOBYTE),
      files: [watch("/a"), watch("/a.gz")],
      gaps: [],
      hasNews: undefined,
    });
    await nextTurn();
    changed.add("/a.gz");
    expect(cache.get("/a")).toBeUndefined();
  });

  test("looks for a new sibling once in a second, and forgets a file that has one", async () => {
    const { cache, changed, looks, clock } = makeCache(100 * KILOBYTE);
    const resource = resourceOf(KILOBYTE);
    const [files, gaps] = [[watch("/a")], [watch("/a.gz"), watch("/a.br")]];
    cache.set("/a", { resource, files, gaps, hasNews: undefined });
    const getAt = async (ms: number) => {
      await nextTurn();
      clock.now = ms;
      return cache.get("/a");
    };
    expect(await getAt(999)).toBe(resource);
    expect(looks).toEqual(["/a"]);
    expect(await getAt(1000)).toBe(resource);
    expect(looks).toEqual(["/a", "/a", "/a.gz", "/a.br"]);
    changed.add("/a.br");
    expect(await getAt(1999)).toBe(resource);
    expect(await getAt(2000)).toBeUndefined();
  });

  test("stays within its bytes: what was not used for longest goes first", async () => {
    const { cache, put } = makeCache(16 * KILOBYTE);
    for (const path of ["/a", "/b", "/c"]) put(path, 3 * KILOBYTE);
    await nextTurn();
    cache.get("/a");
    put("/d", 3 * KILOBYTE);
    expect(cache.bytes).toBeLessThanOrEqual(16 * KILOBYTE);
    expect(cache.get("/b")).toBeUndefined();
    for (const path of ["/a", "/c", "/d"]) expect(cache.get(path)).toBeDefined();
  });

  test("keeps nothing that is larger than itself, and nothing at all with 0", () => {
    const { cache, put } = makeCache(4 * KILOBYTE);
    put("/large", 5 * KILOBYTE);
    expect(cache.size).toBe(0);
    const none = makeCache(0);
    none.put("/a", 0);
    expect([none.cache.size, none.cache.admit(0)]).toEqual([0, false]);
  });

  test("D7 gives little up at a time once it is full, and then admits what comes again", () => {
    let nowMs = 0;
    const { cache, put } = makeCache(32 * MEGABYTE, { now: () => nowMs });
    let admitted = 0;
    const ask = (path: string) => {
      if (!cache.admit(MEGABYTE)) return;
      admitted++;
      put(path, MEGABYTE);
    };
    for (let index = 0; index < 100; index++) ask(`/${index}`);
    // 31 fill it, and 15 take the place of others.
    expect([cache.size, admitted]).toEqual([31, 46]);
    ask("/again");
    expect(cache.get("/again")).toBeUndefined();
    nowMs += 1000;
    for (const path of ["/a", "/b", "/c", "/d", "/e"]) ask(path);
    expect(["/c", "/d", "/e"].map((path) => cache.get(path) !== undefined)).toEqual([
      true,
      true,
      false,
    ]);
  });

  test("D7 tells what it gives up", () => {
    let forgotten = 0;
    const { cache, put } = makeCache(8 * MEGABYTE, { onForget: (bytes) => (forgotten += bytes) });
    for (let index = 0; index < 32; index++) put(`/${index}`, MEGABYTE);
    expect(Math.floor(forgotten / MEGABYTE)).toBe(25); // 7 are kept
    cache.clear();
    expect([cache.size, Math.floor(forgotten / MEGABYTE)]).toEqual([0, 32]);
  });

  test("can forget everything", () => {
    const { cache, put } = makeCache(100 * KILOBYTE);
    put("/a");
    cache.clear();
    expect([cache.get("/a"), cache.size, cache.bytes]).toEqual([undefined, 0, 0]);
  });

  test("counts a replaced entry once", () => {
    const { cache, put } = makeCache(100 * KILOBYTE);
    put("/a");
    const { bytes } = cache;
    put("/a");
    expect([cache.size, cache.bytes]).toEqual([1, bytes]);
  });

  test("counts what a resource grows by when it is compressed", async () => {
    const { cache } = makeCache(1024 * KILOBYTE);
    const text = representText("text ".repeat(2000), "text/plain", {});
    const resource = new Resource(text, { queue: new CodingQueue() });
    cache.set("/a", { resource, files: [watch("/a")], gaps: [], hasNews: undefined });
    const { bytes } = cache;
    const accept = new RequestFields(new Headers({ "Accept-Encoding": "gzip" }));
    while (!resource.prepare(accept).headers.has("content-encoding")) await nextTurn();
    await nextTurn();
    cache.get("/a");
    expect(cache.bytes).toBeGreaterThan(bytes);
  });
});

test("Resource makes no coding of what is not kept", async () => {
  const text = representText("text ".repeat(2000), "text/plain", {});
  const accept = new RequestFields(new Headers({ "Accept-Encoding": "gzip" }));
  const kept = new Resource(text, { queue: new CodingQueue() });
  const passing = new Resource(text);
  passing.prepare(accept);
  // By the time that the same is made of a kept one, it would have been.
  while (!kept.prepare(accept).headers.has("content-encoding")) await nextTurn();
  await nextTurn();
  expect(passing.prepare(accept).headers.has("content-encoding")).toBe(false);
  expect(passing.prepare(accept).headers.get("vary")).toBe("Accept-Encoding");
});

test("D1 Resource offers a coding again that there was no room for, and no other", async () => {
  const text = representText("text ".repeat(2000), "text/plain", {});
  const queue = new CodingQueue();
  const offered = spyOn(queue, "offer").mockReturnValueOnce(false);
  const resource = new Resource(text, { queue });
  const accept = new RequestFields(new Headers({ "Accept-Encoding": "gzip" }));
  for (let asked = 0; asked < 5; asked++) {
    expect(resource.prepare(accept).headers.get("vary")).toBe("Accept-Encoding");
  }
  expect(offered).toHaveBeenCalledTimes(2);
  while (!resource.prepare(accept).headers.has("content-encoding")) await nextTurn();
});
