/** Rows A1, A2 and A3 of the field report: the bytes that came were not those of the file, or under another name. */
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, openSync, utimesSync, writeFileSync } from "node:fs";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { field, fieldValues, request } from "../helpers/raw-http.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const MEBIBYTE = 1024 * 1024;

describe("A1 a file's Content-Disposition names no file", () => {
  /** Types that Bun gives a field of its own if they come from disk, and others. */
  const NAMES = [
    ...["a.zip", "a.pdf", "a.tar", "a.gz", "a.docx", "a.epub", "a.rtf", "a.xhtml", "a.swf"],
    ...["a.glb", "a.stl", "a.bin", "a.unknown", "noextension", "Makefile", "a.csv", "a.json"],
    ...["a.js", "a.wasm", "a.html", "a.svg", "a.png", "a.mp4", "a.mp3", "a.woff2", "a.xml"],
    ...["a.m3u8", "a.apk", "a.iso", "a.7z", "a.deb", "été.pdf"],
  ];
  const CASES = NAMES.flatMap((name) =>
    ["GET", "HEAD"].flatMap((method) =>
      [{}, { Range: "bytes=5-9" }, { Range: "bytes=0-1,9-12" }].map(
        (fields) => [method, name, fields] as const,
      ),
    ),
  );

  const { tree, server } = useTestServer({ "small/": "" });

  beforeAll(() => {
    for (const name of NAMES) {
      writeFileSync(tree.at(name), Buffer.alloc(1_100_000));
      writeFileSync(tree.at(`small/${name}`), "small content");
    }
  });

  test.each(CASES)("%s %s, %j", async (method, name, fields) => {
    for (const directory of ["/", "/small/"]) {
      const target = directory + encodeURIComponent(name);
      const response = await request(server.port, method, target, fields);
      expect(response.status).toBeOneOf([200, 206]);
      const values = fieldValues(response, "content-disposition");
      expect(values.join()).toBeOneOf(["", "inline", "attachment"]);
    }
  });

  test("for an octet-stream it is attachment, for other types from disk inline", async () => {
    const disposition = async (target: string) =>
      field(await request(server.port, "GET", target), "content-disposition");
    expect(await disposition("/a.zip")).toBe("inline");
    expect(await disposition("/a.bin")).toBe("attachment");
  });
});

describe("A3 two versions under one time", () => {
  const LONG_AGO = new Date(Date.UTC(1985, 9, 26, 8, 15));
  const CLASSES = [
    ["small", (version: number) => Buffer.from(`v=${version}.0.0;\nv=${version}.0.0;\n`)],
    ["large", (version: number) => Buffer.alloc(3 * MEBIBYTE, `v=${version}.0.0;\n`)],
  ] as const;

  const ROWS = CLASSES.flatMap(([name, contentOf]) => [
    [name, "npm's time of every file", contentOf, LONG_AGO] as const,
    [name, "SOURCE_DATE_EPOCH=0", contentOf, new Date(0)] as const,
    [name, "a time to come", contentOf, new Date(Date.UTC(2100, 0, 1))] as const,
    [name, "a time of an hour ago", contentOf, new Date(Date.now() - 3_600_000)] as const,
  ]);

  test.each(ROWS)("%s, %s", async (_name, _way, contentOf, times) => {
    using tree = makeTree({ "a.js": contentOf(1) });
    const stamp = () => utimesSync(tree.at("a.js"), times, times);
    stamp();
    await using server = startTestServer({ directory: tree.path });
    const get = (fields: Record<string, string> = {}) =>
      request(server.port, "GET", "/a.js", fields);
    const before = await get();
    const etag = field(before, "etag") ?? "";
    const date = field(before, "last-modified") ?? "";
    writeFileSync(tree.at("a.js"), contentOf(2));
    stamp();
    const after = await get({ "If-None-Match": etag });
    expect(after.status).toBe(200);
    expect(after.body.equals(contentOf(2))).toBe(true);
    for (const ifRange of [etag, date]) {
      const rest = await get({ Range: "bytes=9-", "If-Range": ifRange });
      expect(rest.status).toBe(200);
      expect(rest.body.equals(contentOf(2))).toBe(true);
    }
  });

  test("the ETag of a small file is that of its bytes, whatever its times: replicas agree", async () => {
    using tree = makeTree({ "a.js": "same", "b.js": "same", "c.js": "else" });
    utimesSync(tree.at("b.js"), LONG_AGO, LONG_AGO);
    await using server = startTestServer({ directory: tree.path });
    const [a, b, c] = await Promise.all(
      ["/a.js", "/b.js", "/c.js"].map(async (target) =>
        field(await request(server.port, "HEAD", target), "etag"),
      ),
    );
    expect(a).toBe(b);
    expect(a).not.toBe(c);
  });
});

describe("A2 a page of 2 MiB of a single-page application", () => {
  const page = `<!doctype html>${"<p>page</p>".repeat(200_000)}`;
  const other = "<p>other</p>".repeat(200_000);

  test("is never another file, whose descriptor has the page's number by then", async () => {
    using tree = makeTree({ "index.html": page, "other.html": other });
    await using server = startTestServer({ directory: tree.path, spa: true });
    const ask = async (path: string) => {
      const response = await request(server.port, "GET", path, { Accept: "text/html" });
      return { status: response.status, isPage: response.body.equals(Buffer.from(page)) };
    };
    expect(await ask("/a")).toEqual({ status: 200, isPage: true });
    // The lowest free numbers are given first, and so the one that the page had.
    const others = Array.from({ length: 64 }, () => openSync(tree.at("other.html"), "r"));
    try {
      for (const path of ["/a", "/b", "/c/d"]) {
        expect(await ask(path)).toEqual({ status: 200, isPage: true });
      }
    } finally {
      others.forEach(closeSync);
    }
  });
});
