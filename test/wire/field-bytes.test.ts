/** Rows A1, A2, A3 and A9 of the field report: the bytes that came were not those of the file, or under another name. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { request } from "../helpers/raw-http.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

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
