import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, openSync, utimesSync, writeFileSync, writeSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from "node:zlib";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { field, request, type RawResponse } from "../helpers/raw-http.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const MIB = 1024 * 1024;

const OLD = new Date(Date.UTC(2020, 0, 1));
const NEW = new Date(Date.UTC(2024, 0, 1));

const SMALL = "All work and no play makes a dull file. ".repeat(500);

/** Sent from disk, and so are its siblings: noise in hexadecimal shrinks to half. */
const LARGE = Buffer.from(crypto.getRandomValues(new Uint8Array(1.2 * MIB))).toString("hex");

const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } };

const CODINGS = [
  ["zstd", ".zst", (content: string | Uint8Array) => zstdCompressSync(content)],
  ["br", ".br", (content: string | Uint8Array) => brotliCompressSync(content, BROTLI)],
  ["gzip", ".gz", (content: string | Uint8Array) => gzipSync(content)],
] as const;

const SIZES = [
  ["small", SMALL],
  ["large", LARGE],
] as const;

/** A clock by which a second passes between any two looks, so that each looks for new siblings. */
const aSecondLater = () => (seconds += 1) * 1000;
let seconds = 0;

let files = 0;
const { tree, server } = useTestServer({}, {}, { elapsedMs: aSecondLater });

const get = (name: string, fields: Record<string, string> = {}) =>
  request(server.port, "GET", `/${name}`, fields);

/** A name of its own for each test, in a directory that all of them share. */
function put(content: string | Uint8Array, siblings: Record<string, Uint8Array> = {}): string {
  files++;
  const name = `${files}.txt`;
  writeFileSync(tree.at(name), content);
  for (const [extension, sibling] of Object.entries(siblings)) {
    writeFileSync(tree.at(`${name}${extension}`), sibling);
  }
  return name;
}

/** Asks until the sibling is served. */
async function getSibling(name: string, coding: string, sibling: Uint8Array): Promise<RawResponse> {
  const fields = { "Accept-Encoding": coding };
  const askForLength = async () =>
    field(await request(server.port, "HEAD", `/${name}`, fields), "content-length");
  while ((await askForLength()) !== String(sibling.length));
  const response = await get(name, fields);
  expect(response.body.equals(sibling)).toBe(true);
  return response;
}

/** What is asked for was asked about by now. Siblings are checked in order: this one is the last. */
async function checkAllOf(...names: readonly string[]): Promise<void> {
  for (const name of names) await get(name);
  const last = gzipSync("checked last");
  await getSibling(put("checked last", { ".gz": last }), "gzip", last);
}

describe("A4 a good sibling", () => {
  const rows = CODINGS.flatMap((coding) =>
    SIZES.map(([size, content]) => [size, content, ...coding] as const),
  );

  test.each(rows)("of a %s file is served", async (_, content, coding, extension, compress) => {
    const sibling = compress(content);
    const name = put(content, { [extension]: sibling });
    const before = await get(name, { "Accept-Encoding": coding });
    expect(before.body.toString()).toBe(content);
    expect(field(before, "content-encoding")).toBeUndefined();
    expect(field(before, "vary")).toBe("Accept-Encoding");
    const after = await getSibling(name, coding, sibling);
    expect(field(after, "content-encoding")).toBe(coding);
    expect(field(after, "content-length")).toBe(String(sibling.length));
    expect(field(after, "content-type")).toBe(field(before, "content-type"));
    expect(field(after, "vary")).toBe("Accept-Encoding");
    expect(field(after, "etag")).not.toBe(field(before, "etag"));
    const plain = await get(name);
    expect(plain.body.toString()).toBe(content);
    expect(field(plain, "etag")).toBe(field(before, "etag"));
  });

  test("is chosen by weight and our preference", async () => {
    const [gzip, br] = [gzipSync(SMALL), brotliCompressSync(SMALL)];
    const name = put(SMALL, { ".gz": gzip, ".br": br });
    await checkAllOf(name);
    const chosen = async (accepted: string) =>
      field(await get(name, { "Accept-Encoding": accepted }), "content-encoding");
    expect(await chosen("gzip")).toBe("gzip");
    expect(await chosen("gzip, br")).toBe("br");
    expect(await chosen("br;q=0.1, gzip")).toBe("gzip");
    expect(await chosen("zstd")).toBeUndefined();
  });

  test("has ranges of its own (RFC 9110 §14.2)", async () => {
    const sibling = brotliCompressSync(SMALL);
    const name = put(SMALL, { ".br": sibling });
    await getSibling(name, "br", sibling);
    const part = await get(name, { "Accept-Encoding": "br", Range: "bytes=4-9" });
    expect(part.status).toBe(206);
    expect(part.body.equals(sibling.subarray(4, 10))).toBe(true);
    expect(field(part, "content-encoding")).toBe("br");
  });

  test.each(SIZES)("A3 has a new ETag when it is compressed anew: %s", async (_, content) => {
    const versions = [gzipSync(content, { level: 1 }), gzipSync(content, { level: 9 })] as const;
    const name = put(content, { ".gz": versions[0] });
    const first = field(await getSibling(name, "gzip", versions[0]), "etag") ?? "";
    writeFileSync(tree.at(`${name}.gz`), versions[1]);
    const second = field(await getSibling(name, "gzip", versions[1]), "etag") ?? "";
    expect(second).not.toBe(first);
    const fields = { "Accept-Encoding": "gzip", Range: "bytes=4-9" };
    expect((await get(name, { ...fields, "If-Range": second })).status).toBe(206);
    expect((await get(name, { ...fields, "If-Range": first })).status).toBe(200);
  });

  test("A3 has another ETag than the coding that was made here", async () => {
    const name = put(SMALL);
    await checkAllOf(name);
    let made = await get(name, { "Accept-Encoding": "gzip" });
    while (field(made, "content-encoding") === undefined) {
      made = await get(name, { "Accept-Encoding": "gzip" });
    }
    const sibling = gzipSync(SMALL, { level: 1 });
    writeFileSync(tree.at(`${name}.gz`), sibling);
    const found = await getSibling(name, "gzip", sibling);
    expect(field(found, "etag")).not.toBe(field(made, "etag"));
  });

  test("that is older than the file is not used", async () => {
    const name = put(SMALL, { ".gz": gzipSync(SMALL) });
    utimesSync(tree.at(`${name}.gz`), OLD, OLD);
    utimesSync(tree.at(name), NEW, NEW);
    await checkAllOf(name);
    const response = await get(name, { "Accept-Encoding": "gzip" });
    expect(response.body.equals(gzipSync(SMALL))).toBe(false);
  });

  test("is a file like any other under its own name", async () => {
    const sibling = gzipSync(SMALL);
    const name = put(SMALL, { ".gz": sibling });
    const response = await get(`${name}.gz`, { "Accept-Encoding": "gzip" });
    expect(response.body.equals(sibling)).toBe(true);
    expect(field(response, "content-type")).toBe("application/gzip");
    expect(field(response, "content-encoding")).toBeUndefined();
  });

  test("of an index.html is found by both of its addresses", async () => {
    using site = makeTree({ "index.html": SMALL, "index.html.gz": gzipSync(SMALL) });
    await using its = startTestServer({ directory: site.path });
    for (const target of ["/", "/index.html"]) {
      const ask = () => request(its.port, "GET", target, { "Accept-Encoding": "gzip" });
      while (!(await ask()).body.equals(gzipSync(SMALL)));
    }
  });
});

describe("A4 a bad sibling is never served", () => {
  const half = (content: string) => content.slice(0, content.length / 2);
  const other = (content: string) => content.replaceAll("a", "b");

  const KINDS: readonly (readonly [
    what: string,
    extension: string,
    make: (content: string) => Uint8Array,
  ])[] = [
    [
      "cat a.gz b.gz",
      ".gz",
      (content) => Buffer.concat([gzipSync(half(content)), gzipSync(half(content))]),
    ],
    [
      "half a gzip",
      ".gz",
      (content) => gzipSync(content).subarray(0, gzipSync(content).length / 2),
    ],
    ["another log's gzip", ".gz", (content) => gzipSync(other(content))],
    ["gzip and zeros", ".gz", (content) => Buffer.concat([gzipSync(content), Buffer.alloc(512)])],
    ["a .gz that is none", ".gz", () => Buffer.from("this is no gzip at all, and long enough")],
    ["an empty .gz", ".gz", () => Buffer.alloc(0)],
    ["an empty .br", ".br", () => Buffer.alloc(0)],
    [
      "brotli and garbage",
      ".br",
      (content) => Buffer.concat([brotliCompressSync(content, BROTLI), Buffer.from("x")]),
    ],
    ["an empty .zst", ".zst", () => Buffer.alloc(0)],
    [
      "two frames of zstd",
      ".zst",
      (content) =>
        Buffer.concat([zstdCompressSync(half(content)), zstdCompressSync(half(content))]),
    ],
  ];

  const rows = KINDS.flatMap(([what, extension, make]) =>
    SIZES.map(([size, content]) => [what, size, extension, content, make] as const),
  );

  test.each(rows)("%s beside a %s file", async (_, size, extension, content, make) => {
    const bad = make(content);
    const name = put(content, { [extension]: bad });
    const fields = { "Accept-Encoding": "gzip, br, zstd" };
    expect((await get(name, fields)).body.toString()).toBe(content);
    await checkAllOf(name);
    const after = await get(name, fields);
    expect(after.body.equals(bad)).toBe(false);
    // No choice is left but those that are made here, of small files.
    expect(field(after, "vary")).toBe(size === "small" ? "Accept-Encoding" : undefined);
  });

  test("beside a good one, which is", async () => {
    const good = gzipSync(SMALL);
    const name = put(SMALL, { ".br": Buffer.from("no brotli"), ".gz": good });
    await getSibling(name, "br, gzip", good);
  });

  test("zstd --long=27 (RFC 9659)", async () => {
    const name = put(LARGE);
    const command = ["zstd", "-q", "--long=27", "-o", tree.at(`${name}.zst`)];
    const made = Bun.spawnSync(command, { stdin: Buffer.from(LARGE) });
    expect(made.exitCode).toBe(0);
    await checkAllOf(name);
    const response = await get(name, { "Accept-Encoding": "zstd" });
    expect(field(response, "content-encoding")).toBeUndefined();
  });
});

describe("A4 a sibling that changes", () => {
  test.each(SIZES)("into a bad one, and is mended: %s", async (_, content) => {
    const good = gzipSync(content);
    const name = put(content, { ".gz": good });
    await getSibling(name, "gzip", good);
    const bad = gzipSync(content.slice(1));
    writeFileSync(tree.at(`${name}.gz`), bad);
    const after = await get(name, { "Accept-Encoding": "gzip" });
    expect(after.body.toString()).toBe(content);
    await checkAllOf(name);
    expect((await get(name, { "Accept-Encoding": "gzip" })).body.equals(bad)).toBe(false);
    const mended = gzipSync(content, { level: 1 });
    writeFileSync(tree.at(`${name}.gz`), mended);
    await getSibling(name, "gzip", mended);
  });

  test.each(SIZES)(
    "while it is written (`gzip -k`), and is complete later: %s",
    async (_, content) => {
      const good = gzipSync(content);
      const name = put(content);
      const descriptor = openSync(tree.at(`${name}.gz`), "w");
      const half = Math.floor(good.length / 2);
      writeSync(descriptor, good, 0, half);
      await checkAllOf(name);
      expect((await get(name, { "Accept-Encoding": "gzip" })).body.equals(good)).toBe(false);
      writeSync(descriptor, good, half);
      closeSync(descriptor);
      await getSibling(name, "gzip", good);
    },
  );

  test.each(SIZES)("with its file is the file's until it is checked: %s", async (_, content) => {
    const name = put(content, { ".gz": gzipSync(content) });
    await getSibling(name, "gzip", gzipSync(content));
    for (let round = 0; round < 3; round++) {
      const changed = `${round} ${content}`;
      writeFileSync(tree.at(name), changed);
      const before = await get(name, { "Accept-Encoding": "gzip" });
      expect(before.body.equals(gzipSync(content))).toBe(false);
      writeFileSync(tree.at(`${name}.gz`), gzipSync(changed));
      await getSibling(name, "gzip", gzipSync(changed));
    }
  });

  test("without a trace in its times may not be served before that is impossible", async () => {
    const clock = { aheadMs: 0 };
    const now = () => Date.now() + clock.aheadMs;
    using fresh = makeTree({ "a.txt": LARGE, "a.txt.gz": gzipSync(LARGE) });
    await using its = startTestServer({ directory: fresh.path }, { now });
    const ask = () => request(its.port, "HEAD", "/a.txt", { "Accept-Encoding": "gzip" });
    // As if it had been written just now, however slow the machine is.
    clock.aheadMs = -3_600_000;
    for (let asked = 0; asked < 50; asked++) {
      expect(field(await ask(), "content-encoding")).toBeUndefined();
    }
    clock.aheadMs = 3_600_000;
    while (field(await ask(), "content-encoding") === undefined);
  });
});
