import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { truncateSync, writeFileSync } from "node:fs";
import { Sends } from "../../src/files/content/sends.ts";
import { Files } from "../../src/files/handler.ts";
import { DocumentRoot } from "../../src/files/root/document-root.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { makeTree, type Tree } from "../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const FILES = 200;

let tree: Tree;

beforeAll(() => {
  tree = makeTree();
  for (let index = 0; index < FILES; index++) {
    writeFileSync(tree.at(`${index}.bin`), "");
    truncateSync(tree.at(`${index}.bin`), 900_000);
  }
  for (const name of ["404.html", "index.html"]) {
    writeFileSync(tree.at(name), Buffer.alloc(900_000, "page "));
  }
});

afterAll(() => tree[Symbol.dispose]());

/** A clock by which no file is settled, so that none is kept. */
const LONG_AGO = () => 0;

/** A clock by which every file is settled. */
const LATER = () => Date.now() + 3_600_000;

function makeFiles(spa = false, now: () => number = Date.now): Files {
  return new Files({
    root: DocumentRoot.open(tree.path, { hidden: false, now }),
    index: true,
    reserved: new Map(),
    fallbacks: new Map(),
    cacheBytes: 0,
    maxAgeSeconds: undefined,
    isPrivate: false,
    spa,
    sends: new Sends(),
    logError: () => undefined,
    now: () => performance.now(),
  });
}

function ask(files: Files, path: string, init: RequestInit = {}) {
  const request = new Request(`http://localhost${path}`, init);
  return files.handle(request, { path, search: "" });
}

test("D7 files of 4 MiB are read in a turn, and others wait for another", async () => {
  const files = makeFiles();
  const answers = Array.from({ length: FILES }, (_, index) => ask(files, `/${index}.bin`));
  const isLater = answers.map((answer) => answer instanceof Promise);
  expect(isLater.indexOf(true)).toBe(5); // at 900 KB each
  expect(isLater.at(-1)).toBe(true);
  for (const answer of answers) {
    const response = await answer;
    expect([response.status, (await response.bytes()).length]).toEqual([200, 900_000]);
  }
  expect(ask(files, "/0.bin")).toBeInstanceOf(Response);
});

test("D7 a file is not read for a client that went while it waited", async () => {
  const files = makeFiles();
  const client = new AbortController();
  for (let index = 0; index < FILES; index++) ask(files, `/${index}.bin`);
  const { misses } = files.cacheFacts;
  const last = ask(files, "/0.bin", { signal: client.signal });
  client.abort();
  expect((await last).status).toBe(503);
  // All the others came before.
  expect(files.cacheFacts.misses).toBe(FILES);
  expect(misses).toBeLessThan(FILES);
});

const BROWSER = { headers: { Accept: "text/html" } };

test("404.html is read once, and waits for nothing", async () => {
  const files = makeFiles(false, LATER);
  const answers = Array.from({ length: FILES }, () => ask(files, "/no", BROWSER));
  expect(answers.filter((answer) => answer instanceof Promise)).toEqual([]);
  const bytes = await Promise.all(answers.map(async (answer) => (await answer).bytes()));
  expect(bytes.filter(({ length }) => length !== 900_000)).toEqual([]);
});

test.each([
  ["404.html", 404, "/no", false],
  ["404.html, for what can be no name", 404, "/a%5Cb", false],
  ["the page of a single-page application", 200, "/no", true],
])("D7 %s waits for another turn, too", async (_, status, path, spa) => {
  const files = makeFiles(spa, LONG_AGO);
  const answers = Array.from({ length: FILES }, () => ask(files, path, BROWSER));
  expect(answers.at(-1)).toBeInstanceOf(Promise);
  for (const answer of answers) {
    const response = await answer;
    expect([response.status, (await response.bytes()).length]).toEqual([status, 900_000]);
  }
});
