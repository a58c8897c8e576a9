/**
 * Takes pictures of the pages in Chromium, at the size of a laptop and of a phone, light and dark.
 *
 *   bun run test/screenshots/take.ts [DIRECTORY]
 *
 * Without a directory it renews the pictures beside this script, two of which the README shows.
 */
import { utimesSync } from "node:fs";
import { join } from "node:path";
import { DESKTOP, PHONE, until, type Page } from "../helpers/browser.ts";
import { CHROMIUM } from "../helpers/browser-chromium.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree, type Content } from "../helpers/tree.ts";

const target = process.argv[2] ?? import.meta.dir;

/** A project directory such as people share, with a few names that are hard on a layout. */
const NAMES: Readonly<Record<string, number>> = {
  "archive/": 0,
  "designs/": 0,
  "photos/": 0,
  "recordings/": 0,
  "2026-09 quarterly report.pdf": 1_843_201,
  "build.tar.gz": 48_211_004,
  "CHANGELOG.md": 8_120,
  "clip.mp4": 23_400_511,
  "data.json": 412_088,
  "file1.txt": 12,
  "file2.txt": 240,
  "file10.txt": 4_096,
  "index.ts": 2_210,
  "interview-with-the-founders-of-the-observatory-uncut-and-unabridged-final-version-3.flac": 31_207_233,
  "logo.svg": 3_004,
  "notes.md": 904,
  "photo of the meerkat colony.jpg": 2_904_112,
  "rates.csv": 88_031,
  "server.log": 1_204_883,
  "slides.key": 6_204_110,
  "styles.css": 7_203,
  "файл.txt": 33,
  "🍉.txt": 5,
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

using tree = makeTree({
  ...Object.fromEntries(
    Object.entries(NAMES).map(([name, bytes]): [string, Content] => [name, Buffer.alloc(bytes)]),
  ),
  "designs/README.md": README,
  "designs/burrow.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
  "designs/old/": "",
});
Object.keys(NAMES).forEach((name, index) => {
  const time = new Date(Date.UTC(2026, 10, 20 - index, 9 + (index % 9), (index * 13) % 60));
  utimesSync(tree.at(name), time, time);
});
await using server = startTestServer({ directory: tree.path, port: 8000 });

const SIZES = { desktop: DESKTOP, phone: PHONE } as const;

/** The messages to the echo: plain, structured, hostile and foreign. */
const MESSAGES = ["hello", '{"type":"subscribe","channel":"prices"}', "<b>not bold</b>", "ß ñ 🍉"];

const VISITS = {
  index: visitIndex,
  readme: visitReadme,
  test: visitTestPage,
  error: visitError,
} as const;

await using browser = await CHROMIUM.launch({});
for (const [sizeName, size] of Object.entries(SIZES)) {
  for (const scheme of ["light", "dark"] as const) {
    for (const [name, visit] of Object.entries(VISITS)) {
      await using page = await browser.open(size, { scheme });
      await visit(page);
      const path = join(target, `${name}-${sizeName}-${scheme}.png`);
      await Bun.write(path, await page.screenshot());
      console.log(path);
    }
  }
}

async function visitIndex(page: Page): Promise<void> {
  await page.goto(`${server.origin}/`);
}

async function visitReadme(page: Page): Promise<void> {
  await page.goto(`${server.origin}/designs/`);
}

async function visitError(page: Page): Promise<void> {
  await page.goto(`${server.origin}/nothing`);
}

async function visitTestPage(page: Page): Promise<void> {
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
