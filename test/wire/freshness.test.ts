import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { renameSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { KeepAlive } from "../helpers/keep-alive.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { field, request } from "../helpers/raw-http.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { TRANSPORT } from "../helpers/transport.ts";
import { useTestServer, useTree } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

/** The share of the rounds: over TLS a tenth is enough, as the content is decided before encryption. */
const SHARE = TRANSPORT === "plain" ? 1 : 0.1;
const ROUNDS = 5000 * SHARE;
const CHANGES = 2000 * SHARE;
const SECRET = "outside the root";
const SMALL_BYTES = 2000;
const LARGE_BYTES = 1536 * 1024;

const outside = useTree({
  "x.txt": SECRET.repeat(200),
  "large.bin": Buffer.alloc(LARGE_BYTES, SECRET),
});
const { tree, server } = useTestServer({
  "real/x.txt": "inside".repeat(200),
  "real/large.bin": Buffer.alloc(LARGE_BYTES, "inside"),
  "one.txt": "1".repeat(SMALL_BYTES),
  "two.txt": "2".repeat(SMALL_BYTES),
});

/** A content of which every part tells the round. */
function contentOf(round: number): string {
  return `${round};`.repeat(100 + (round % 7));
}

describe("the very next request sees", () => {
  test(`${ROUNDS} rewrites in place, over one connection`, async () => {
    // With the true clock: a file just written is one whose times cannot be trusted.
    await using fresh = startTestServer({ directory: tree.path }, { now: Date.now });
    await using client = await KeepAlive.open(fresh.port);
    for (let round = 0; round < ROUNDS; round++) {
      // The same length for hundreds of rounds, within one tick of the kernel's clock.
      const content = contentOf(round).padEnd(1000, ".");
      writeFileSync(tree.at("rewritten.txt"), content);
      const response = await client.get("/rewritten.txt");
      if (response.body.toString() !== content) throw new Error(`round ${round} is stale or mixed`);
    }
  });

  test(`${ROUNDS} replacements by rename, of cached files`, async () => {
    await using client = await KeepAlive.open(server.port);
    for (let round = 0; round < ROUNDS; round++) {
      const content = contentOf(round);
      writeFileSync(tree.at("next.txt"), content);
      renameSync(tree.at("next.txt"), tree.at("renamed.txt"));
      const response = await client.get("/renamed.txt");
      if (response.body.toString() !== content) throw new Error(`round ${round} is stale or mixed`);
      // From the cache, as the clock of this server takes every file for settled.
      const again = await client.get("/renamed.txt");
      if (again.body.toString() !== content) throw new Error(`round ${round} is stale when cached`);
    }
  });

  test(`a link that is swung from one file to another, ${CHANGES} times`, async () => {
    await using client = await KeepAlive.open(server.port);
    for (let round = 0; round < CHANGES; round++) {
      const name = round % 2 === 0 ? "one" : "two";
      rmSync(tree.at("swung.txt"), { force: true });
      symlinkSync(`${name}.txt`, tree.at("swung.txt"));
      const response = await client.get("/swung.txt");
      const wanted = (name === "one" ? "1" : "2").repeat(SMALL_BYTES);
      if (response.body.toString() !== wanted) throw new Error(`round ${round} is stale`);
    }
  });

  test(`${CHANGES} deletions and returns`, async () => {
    await using client = await KeepAlive.open(server.port);
    for (let round = 0; round < CHANGES; round++) {
      writeFileSync(tree.at("comes-and-goes.txt"), contentOf(round));
      if ((await client.get("/comes-and-goes.txt")).status !== 200) throw new Error("not there");
      unlinkSync(tree.at("comes-and-goes.txt"));
      if ((await client.get("/comes-and-goes.txt")).status !== 404) throw new Error("still there");
    }
  });

  test("a touch, which changes Last-Modified and nothing else", async () => {
    await using client = await KeepAlive.open(server.port);
    const tags = new Set<string | undefined>();
    const times = new Set<string | undefined>();
    for (let second = 1; second <= 500; second++) {
      utimesSync(tree.at("one.txt"), second * 1000, second * 1000);
      const answer = await client.get("/one.txt");
      tags.add(field(answer, "etag"));
      times.add(field(answer, "last-modified"));
    }
    expect(tags.size).toBe(1);
    expect(times.size).toBe(500);
  });
});

test("a file that was just changed has an ETag of its bytes and no Last-Modified", async () => {
  await using fresh = startTestServer({ directory: tree.path }, { now: Date.now });
  writeFileSync(tree.at("new.txt"), "a");
  const time = new Date();
  utimesSync(tree.at("new.txt"), time, time);
  const before = await request(fresh.port, "GET", "/new.txt");
  writeFileSync(tree.at("new.txt"), "b");
  utimesSync(tree.at("new.txt"), time, time);
  const after = await request(fresh.port, "GET", "/new.txt");
  expect(field(before, "last-modified")).toBeUndefined();
  expect(field(before, "etag")).not.toBe(field(after, "etag"));
  writeFileSync(tree.at("new-large.bin"), Buffer.alloc(LARGE_BYTES));
  const large = await request(fresh.port, "HEAD", "/new-large.bin");
  expect(field(large, "etag")).toStartWith('W/"');
});

describe("while links are swapped to the outside and back, not a byte comes from there:", () => {
  const FILE = { link: "file-link.txt", inside: "real/x.txt", beyond: "x.txt" };
  const LARGE = { link: "large-link.bin", inside: "real/large.bin", beyond: "large.bin" };
  const DIRECTORY = { link: "dir-link", inside: "real", beyond: "" };

  /** Swaps a link for as long as requests run, in another process, so that it happens at any moment. */
  function swap({ link, inside, beyond }: typeof FILE): AsyncDisposable {
    const script = `
      const { renameSync, symlinkSync, rmSync } = require("node:fs");
      const [link, temporary, inside, outside] = process.argv.slice(1);
      for (let round = 0; ; round++) {
        rmSync(temporary, { force: true });
        symlinkSync(round % 2 === 0 ? outside : inside, temporary);
        renameSync(temporary, link);
      }`;
    const paths = [tree.at(link), tree.at(`${link}.new`), tree.at(inside), outside.at(beyond)];
    const swapper = Bun.spawn([process.execPath, "-e", script, ...paths]);
    const stop = async () => {
      swapper.kill("SIGKILL");
      await swapper.exited;
    };
    return { [Symbol.asyncDispose]: stop };
  }

  test.each([
    ["/file-link.txt", 10_000 * SHARE, FILE],
    ["/dir-link/x.txt", 10_000 * SHARE, DIRECTORY],
    ["/large-link.bin", 1000 * SHARE, LARGE],
    ["/dir-link/large.bin", 1000 * SHARE, DIRECTORY],
  ])("%s, %i requests", async (target, requests, swapped) => {
    await using _ = swap(swapped);
    await using client = await KeepAlive.open(server.port);
    const seen = new Map<number, number>();
    while ((seen.get(200) ?? 0) + (seen.get(404) ?? 0) < requests || seen.size < 2) {
      const { status, body } = await client.get(target);
      seen.set(status, (seen.get(status) ?? 0) + 1);
      if (body.includes(SECRET)) throw new Error("a byte from outside");
    }
    expect([...seen.keys()].sort()).toEqual([200, 404]);
    expect(server.errors).toEqual([]);
  });
});
