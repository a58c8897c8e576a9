/**
 * Takes pictures of the pages in Chromium, at the size of a laptop and of a phone, light and dark.
 *
 *   bun run test/screenshots/take.ts [DIRECTORY] [PAGE…]
 *
 * Without a directory it renews the pictures beside this script, three of which the README shows. Pages are
 * named as below; without names it takes all.
 */
import { mkdirSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DESKTOP, PHONE, until, type Page } from "../helpers/browser.ts";
import { CHROMIUM } from "../helpers/browser-chromium.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeJpeg } from "../helpers/pictures.ts";
import { makeTree } from "../helpers/tree.ts";

const [target = import.meta.dir, ...wanted] = process.argv.slice(2);

/** A source tree, with the sizes of its files. */
const SOURCES: Readonly<Record<string, number>> = {
  ...{ "assets/": 0, "designs/": 0, "docs/": 0, "src/": 0, "test/": 0 },
  ...{ ".editorconfig": 180, "bun.lock": 41_204, "bunfig.toml": 96, "CHANGELOG.md": 8_120 },
  ...{ Dockerfile: 612, "index.ts": 2_210, LICENSE: 1_071, "logo.svg": 3_004, Makefile: 880 },
  ...{ "package.json": 1_412, "rates.csv": 88_031, "server.log": 1_204_883, "styles.css": 7_203 },
  ...{ "tsconfig.json": 640, "файл.txt": 33, "ñandú.txt": 5 },
};

/** What gathers where a browser saves, with names that are hard on a layout. */
const DOWNLOADS: Readonly<Record<string, number>> = {
  ...{
    "holiday pictures/": 0,
    "Ubuntu for the old laptop, with the drivers for its wireless card/": 0,
  },
  "2026-09 quarterly report.pdf": 1_843_201,
  "backup-of-the-observatory-server-2026-10-31-full-encrypted-part-001-of-003.tar.gz": 884_211_004,
  "backup-of-the-observatory-server-2026-10-31-full-encrypted-part-002-of-003.tar.gz": 884_211_004,
  "backup-of-the-observatory-server-2026-10-31-full-encrypted-part-003-of-003.tar.gz": 210_118_220,
  "Boarding pass.pdf": 96_114,
  "clip.mp4": 23_400_511,
  "debian-13.1.0-amd64-netinst.iso": 702_545_920,
  "interview-with-the-founders-of-the-observatory-uncut-and-unabridged-final-version-3.flac": 31_207_233,
  "invoice (1).pdf": 41_204,
  "invoice.pdf": 41_204,
  "meerkat-linux-x64.zip": 38_401_221,
  "photo of the meerkat colony at the eastern burrow, shortly before the storm.jpg": 2_904_112,
  "photo of the meerkat colony at the eastern burrow, shortly after the storm.jpg": 3_114_902,
  "slides.key": 6_204_110,
  "会議の議事録とプロジェクト計画書の最終版・第三部.docx": 88_113,
};

/** The README of one of the directories. */
const README = `# Designs of the burrow

Drawn for the *colony*: see the [notes](../notes.md), https://example.org, or ask \`timon\`.

- [x] sleeping chamber
- [ ] a second exit, ~~and a third~~

| Room     | Depth | Sleeps |
| -------- | ----: | -----: |
| Nursery  | 1.2 m |      9 |
| Lookout  | 0.3 m |      1 |

> A sentry climbs to the highest place there is.

\`\`\`ts
const rooms = await dig({ depth: 1.2, exits: 15 }); // a comment that is a good deal longer than a phone is wide
\`\`\`
`;

/** The day of the pictures: times are as of today, of this year and of the year before. */
const HOURS_MS = 3_600_000;

using tree = makeTree({ "designs/README.md": README, "designs/old/": "", "empty/": "" });
for (const name of ["burrow.svg", "exits.svg"]) writeFileSync(tree.at(`designs/${name}`), "<svg/>");
makeFiles("sources/meerkat/packages", SOURCES);
makeFiles("downloads", DOWNLOADS);

await makePhotos("photos/Kalahari 2026");

/** Makes photos in both orientations, and a film that nobody plays. */
async function makePhotos(directory: string): Promise<void> {
  for (let scene = 0; scene < 23; scene++) {
    const [long, short] = [1500, 1000];
    const isUpright = scene % 5 === 3;
    const size = isUpright ? { width: short, height: long } : { width: long, height: short };
    const name = `IMG_${4021 + scene * 3}.jpg`;
    await Bun.write(tree.at(`${directory}/${name}`), await makeJpeg(size, scene));
  }
  makeFiles(directory, { "sentry at dawn.mp4": 48_210_334, "itinerary.pdf": 96_114 });
}

/** Makes files of these sizes, which take no space, changed a while ago. */
function makeFiles(directory: string, sizes: Readonly<Record<string, number>>): void {
  for (const [index, [name, bytes]] of Object.entries(sizes).entries()) {
    const path = tree.at(`${directory}/${name}`);
    mkdirSync(name.endsWith("/") ? path : dirname(path), { recursive: true });
    if (!name.endsWith("/")) {
      writeFileSync(path, "");
      truncateSync(path, bytes);
    }
    const time = new Date(Date.now() - index ** 3 * 1.7 * HOURS_MS);
    utimesSync(path, time, time);
  }
}

await using server = startTestServer({ directory: tree.path, port: 0 });

const SIZES = { desktop: DESKTOP, phone: PHONE } as const;

/** The messages to the echo: plain, structured, hostile and foreign. */
const MESSAGES = ["hello", '{"type":"subscribe","channel":"prices"}', "<b>not bold</b>", "ß ñ 🍉"];

const VISITS = {
  index: (page: Page) => page.goto(`${server.origin}/sources/meerkat/packages/`),
  downloads: (page: Page) => page.goto(`${server.origin}/downloads/`),
  readme: (page: Page) => page.goto(`${server.origin}/designs/`),
  empty: (page: Page) => page.goto(`${server.origin}/empty/`),
  error: (page: Page) => page.goto(`${server.origin}/nothing`),
  grid: visitGrid,
  viewer: visitViewer,
  "test-idle": visitIdleTestPage,
  "test-json": visitTestPageWithJson,
  "test-error": visitTestPageWithErrors,
  test: visitTestPage,
} as const;

await using browser = await CHROMIUM.launch({});
for (const [sizeName, size] of Object.entries(SIZES)) {
  for (const scheme of ["light", "dark"] as const) {
    for (const [name, visit] of Object.entries(VISITS)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      await using page = await browser.open(size, { scheme });
      await visit(page);
      const path = join(target, `${name}-${sizeName}-${scheme}.png`);
      await Bun.write(path, await page.screenshot());
      console.log(path);
    }
  }
}

async function visitGrid(page: Page): Promise<void> {
  await page.goto(`${server.origin}/photos/Kalahari%202026/?view=grid`);
  await page.evaluate(
    `document.querySelectorAll("#rows img").forEach((tile) => (tile.loading = "eager"))`,
  );
  await until(
    page,
    `[...document.querySelectorAll("#rows img")].every(({ complete }) => complete)`,
  );
}

async function visitViewer(page: Page): Promise<void> {
  await visitGrid(page);
  await page.click('#rows a[href*="IMG_4030"]');
  await until(page, `document.querySelector("dialog[open] img")?.complete`);
}

async function visitIdleTestPage(page: Page): Promise<void> {
  await page.goto(`${server.origin}/test.html`);
}

async function visitTestPageWithJson(page: Page): Promise<void> {
  await visitConversation(page);
  await page.evaluate(`document.querySelectorAll("#log .open")[3].click()`);
}

async function visitTestPageWithErrors(page: Page): Promise<void> {
  await page.goto(`${server.origin}/test.html`);
  await fill(page, "#url", `${server.origin.replace("http", "ws")}/nothing`);
  await page.click("#connect");
  await until(page, `document.querySelector("#log").textContent.includes("404")`);
  await fill(page, "#url", "http://localhost:8000/");
  await page.click("#connect");
}

/** Connects, sends the messages and waits for their echoes. */
async function visitConversation(page: Page): Promise<void> {
  await page.goto(`${server.origin}/test.html`);
  await fill(page, "#bench-jitter", "8");
  await page.click("#connect");
  await until(page, "!document.querySelector('#send').disabled");
  await page.click("#message");
  for (const [index, message] of MESSAGES.entries()) {
    await page.type(message);
    await page.press("Enter");
    await until(page, `Number(document.querySelector('#received-count').value) === ${index + 1}`);
  }
  await until(page, `document.querySelectorAll("#log li").length === ${2 + 2 * MESSAGES.length}`);
}

async function visitTestPage(page: Page): Promise<void> {
  await visitConversation(page);
  // So that there is a curve to see: two seconds' worth of echoes.
  await fill(page, "#burst-count", "400");
  await fill(page, "#burst-rate", "200");
  await page.evaluate("document.querySelector('#burst').requestSubmit()");
  await until(page, "document.querySelector('#burst-result').dataset.tone === 'good'");
  await page.evaluate("scrollTo(0, 0)");
}

/** Sets a field, which may be folded away. */
async function fill(page: Page, selector: string, value: string): Promise<void> {
  await page.evaluate(`(() => {
    const field = document.querySelector("${selector}");
    field.value = "${value}";
    field.dispatchEvent(new Event("input"));
  })()`);
}
