import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, follow, inEngines, until, type Page } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer, type TestServer } from "../helpers/test-server.ts";
import { makeTree, type Tree } from "../helpers/tree.ts";
import { openWorkbench } from "../helpers/workbench.ts";

setDefaultTimeout(PATIENCE_MS);

let tree: Tree;
let server: TestServer;

beforeAll(() => {
  const names = Array.from({ length: 31 }, (_, index) => [`file${index}.txt`, "a file"]);
  tree = makeTree({ "dir/below.txt": "below", ...Object.fromEntries(names) });
  server = startTestServer({ directory: tree.path });
});

afterAll(async () => {
  await server.stop();
  tree[Symbol.dispose]();
});

/** How a browser may keep a page that is left: as it is, or as no more than what was typed. */
const KEEPINGS = [
  { keeping: "from the page cache", forbid: "undefined" },
  // Chromium and Firefox keep no page that wants to hear of its end.
  { keeping: "without a page cache", forbid: `addEventListener("unload", () => undefined)` },
];

/** What browsers do to a page that they show again they do in the turns after `pageshow`. */
const SETTLED = `new Promise((resolve) =>
  requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(() => resolve(true)))))`;

const FILTER = `[document.querySelector("#filter").value, document.querySelector("#matches").value,
  document.querySelectorAll("#rows tr:not([hidden])").length]`;

inEngines(({ open }) => {
  async function settledState(page: Page, state: string): Promise<unknown> {
    await page.evaluate(SETTLED);
    return page.evaluate(state);
  }

  test.each(KEEPINGS)("E1 Back $keeping: the rows are those of the filter", async ({ forbid }) => {
    await using page = await open(DESKTOP);
    await page.goto(`${server.origin}/`);
    await until(page, "!document.querySelector('#help').hidden");
    await page.evaluate(forbid);
    await page.click("#filter");
    await page.type("file12");
    expect(await page.evaluate(FILTER)).toEqual(["file12", "1 of 32 matches", 1]);
    await follow(page, "#rows tr:not([hidden]) a");
    await page.back();
    expect(await settledState(page, FILTER)).toEqual(["file12", "1 of 32 matches", 1]);
    await page.forward();
    await page.back();
    expect(await settledState(page, FILTER)).toEqual(["file12", "1 of 32 matches", 1]);
  });

  const FIELDS = `["url", "protocols", "message", "bench-delay", "close-code"]
    .map((id) => document.getElementById(id).value)`;
  const SHOWN = `[document.querySelector("#format").value, document.querySelector("#message-label").textContent,
    document.querySelector("#message-size").value, document.querySelector("#bench-summary").textContent]`;

  test.each(KEEPINGS)(
    "E1 Back $keeping: the workbench keeps what was typed",
    async ({ forbid }) => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      const { page } = bench;
      const url = `${await bench.valueOf("#url")}?delay=7`;
      await bench.fill("#url", url);
      await bench.fill("#protocols", "chat");
      await bench.choose("#format", "hex");
      await bench.fill("#message", "00 ff");
      await page.click("#options summary");
      await bench.fill("#close-code", "4321");
      const shown = await page.evaluate(SHOWN);
      await page.evaluate(forbid);
      await follow(page, "a.back");
      await page.back();
      expect(await settledState(page, FIELDS)).toEqual([url, "chat", "00 ff", "7", "4321"]);
      expect(await page.evaluate(SHOWN)).toEqual(shown);
      await bench.connect();
    },
  );
});
