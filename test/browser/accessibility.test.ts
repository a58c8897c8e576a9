import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { DESKTOP, inEngines, PHONE, until, type Page } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { makeJpeg } from "../helpers/pictures.ts";
import { makeTree } from "../helpers/tree.ts";
import { useTestServer } from "../helpers/use-test-server.ts";
import { driveWorkbench } from "../helpers/workbench.ts";

setDefaultTimeout(PATIENCE_MS);

const AXE = "axe-core@4.14.1";

const { server } = useTestServer({
  "dir/below.txt": "below",
  "file.txt": "a file",
  "photo.jpg": Buffer.alloc(5000),
  "archive.tar.gz": Buffer.alloc(5_000_000),
  "documented/README.md":
    "# About\n\nA [link](../file.txt) in `text`.\n\n| a | b |\n|---|---|\n| c | d |\n",
  "empty/": "",
  "photos/below/": "",
  "photos/a.jpg": await makeJpeg({ width: 900, height: 600 }),
  "photos/b.jpg": Buffer.alloc(50_000),
  "photos/film.mp4": Buffer.alloc(5000),
  "photos/a picture with a name that is too long for the tile of a grid.jpg": Buffer.alloc(5000),
});

const script = fetchAxe();

/** Fetches axe from the registry of npm: it is no dependency of ours. Without a network it is `undefined`. */
function fetchAxe(): string | undefined {
  using directory = makeTree({ "package.json": "{}" });
  const command = [process.execPath, "add", "--exact", AXE];
  const { success, stderr } = Bun.spawnSync(command, { cwd: directory.path, timeout: PATIENCE_MS });
  if (success) return readFileSync(directory.at("node_modules/axe-core/axe.min.js"), "utf8");
  if (process.env["CI"] === undefined) return undefined;
  throw new Error(`${AXE} did not come from the registry of npm: ${stderr}`);
}

/** Runs all rules, and returns which are broken, where, and how. */
async function faultsOf(page: Page): Promise<unknown> {
  await page.evaluate(`void (() => {${script}})()`);
  return page.evaluate(`axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => [id, target.join(" "), failureSummary].join(": "))))`);
}

const VISITS: readonly { readonly what: string; readonly visit: (page: Page) => Promise<void> }[] =
  [
    { what: "the index", visit: (page) => page.goto(`${server.origin}/`) },
    { what: "an index with a README", visit: (page) => page.goto(`${server.origin}/documented/`) },
    { what: "an empty index", visit: (page) => page.goto(`${server.origin}/empty/`) },
    {
      what: "the help of the index",
      visit: async (page) => {
        await page.goto(`${server.origin}/`);
        await page.press("?");
      },
    },
    { what: "a grid", visit: (page) => page.goto(`${server.origin}/photos/?view=grid`) },
    {
      what: "the viewer",
      visit: async (page) => {
        await page.goto(`${server.origin}/photos/?view=grid`);
        await page.click('#rows a[href="./a.jpg"]');
        await until(page, "document.querySelector('.stage img:only-child')?.naturalWidth > 0");
      },
    },
    { what: "an error", visit: (page) => page.goto(`${server.origin}/nothing`) },
    { what: "the workbench", visit: (page) => page.goto(`${server.origin}/test.html`) },
    {
      what: "the workbench at work",
      visit: async (page) => {
        await page.goto(`${server.origin}/test.html`);
        await page.evaluate(
          "document.querySelectorAll('details').forEach((part) => part.open = true)",
        );
        const bench = driveWorkbench(page);
        await bench.connect();
        await bench.send("hello");
        await bench.click("#burst-start");
        await bench.untilLogged("1,000 of 1,000 echoes");
      },
    },
    {
      what: "the workbench with JSON open",
      visit: async (page) => {
        await page.goto(`${server.origin}/test.html`);
        const bench = driveWorkbench(page);
        await bench.connect();
        await bench.send('{"a":["b",1,true]}');
        await bench.untilLogged("ms · text");
        await bench.click("#log li:last-child .open");
      },
    },
    {
      what: "the workbench with errors",
      visit: async (page) => {
        await page.goto(`${server.origin}/test.html`);
        const bench = driveWorkbench(page);
        await bench.fill("#url", `${server.origin.replace("http", "ws")}/nothing`);
        await bench.click("#connect");
        await bench.untilLogged("404 Not Found");
        await bench.fill("#filter", "/(/");
        await bench.fill("#url", "http://localhost/");
        await bench.click("#connect");
      },
    },
  ];

const VIEWS = [
  { scheme: "light", size: DESKTOP },
  { scheme: "dark", size: DESKTOP },
  { scheme: "dark", size: PHONE },
] as const;

const reason = script === undefined ? ` (${AXE} did not come from the registry of npm)` : "";

inEngines(({ open }) => {
  describe.skipIf(script === undefined)(`axe finds nothing${reason}`, () => {
    for (const { scheme, size } of VIEWS) {
      test.each(VISITS)(`$what, ${scheme} at ${size.width} px`, async ({ visit }) => {
        await using page = await open(size, { scheme });
        await visit(page);
        expect(await faultsOf(page)).toEqual([]);
      });
    }
  });
});
