import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { request } from "../helpers/raw-http.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree, type Tree } from "../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const BROWSER = { Accept: "text/html,*/*;q=0.8" };

/** A time that a tool has set, so that only ctime tells one state from another. */
const SET = new Date("2020-01-01T00:00:00Z");

/** Writes a 404 page with a time that says nothing. */
function writePage(tree: Tree, text: string): void {
  writeFileSync(tree.at("404.html"), text);
  utimesSync(tree.at("404.html"), SET, SET);
}

describe("what is known to be missing holds for one turn of the event loop", () => {
  test("the root's own 404 page is as it is on disk at each request", async () => {
    using tree = makeTree({ "a.txt": "a" });
    await using server = startTestServer({ directory: tree.path });
    const ask = async () => {
      const { status, body } = await request(server.port, "GET", "/x", BROWSER);
      return `${status} ${body.toString().slice(0, 15)}`;
    };
    const seen = [await ask()];
    for (const text of ["<p>one</p>", "<p>two</p>"]) {
      writePage(tree, text);
      seen.push(await ask(), await ask());
    }
    renameSync(tree.at("404.html"), tree.at("elsewhere.html"));
    seen.push(await ask(), await ask());
    writePage(tree, "<p>six</p>");
    seen.push(await ask());
    expect(seen).toEqual([
      "404 <!doctype html>",
      "404 <p>one</p>",
      "404 <p>one</p>",
      "404 <p>two</p>",
      "404 <p>two</p>",
      "404 <!doctype html>",
      "404 <!doctype html>",
      "404 <p>six</p>",
    ]);
  });

  test("the root's own 404 page is a link that is swung", async () => {
    using tree = makeTree({ one: "<p>one</p>", two: "<p>two</p>", "404.html": { link: "one" } });
    using outside = makeTree({ secret: "secret" });
    await using server = startTestServer({ directory: tree.path });
    const ask = async () =>
      (await request(server.port, "GET", "/x", BROWSER)).body.toString().slice(0, 15);
    const seen = [await ask(), await ask()];
    for (const link of ["two", outside.at("secret"), "one"]) {
      using next = makeTree({ link: { link } });
      renameSync(next.at("link"), tree.at("404.html"));
      seen.push(await ask(), await ask());
    }
    expect(seen).toEqual([
      ...["<p>one</p>", "<p>one</p>", "<p>two</p>", "<p>two</p>"],
      ...["<!doctype html>", "<!doctype html>", "<p>one</p>", "<p>one</p>"],
    ]);
  });

  test("a missing file is there at the next request, and gone again", async () => {
    using tree = makeTree();
    await using server = startTestServer({ directory: tree.path });
    const ask = async () => (await request(server.port, "GET", "/x.txt", BROWSER)).status;
    const seen = [await ask(), await ask()];
    writeFileSync(tree.at("x.txt"), "x");
    seen.push(await ask(), await ask());
    rmSync(tree.at("x.txt"));
    seen.push(await ask(), await ask());
    expect(seen).toEqual([404, 404, 200, 200, 404, 404]);
  });
});
