import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, inEngines, PHONE, until, type Page } from "../helpers/browser.ts";
import type { Size } from "../helpers/browser-engine.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const DEEP = [
  "sources",
  "meerkat",
  "a directory with quite a long name",
  "packages",
  "server",
  "routes",
];
const DEEPEST = `${DEEP.join("/")}/${DEEP.join("/")}/${"the-end-of-the-way-".repeat(6)}`;

const BACKUPS = [1, 2].map(
  (part) =>
    `backup-of-the-observatory-server-2026-10-31-full-encrypted-without-the-pictures-part-${part}-of-2.tar.gz`,
);

const rows = Array.from({ length: 60 }, (_, index) => [`documented/${index}.txt`, ""]);
const many = Array.from({ length: 1001 }, (_, index) => [`many/${index}.txt`, ""]);
const { server } = useTestServer({
  ...(Object.fromEntries(many) as Record<string, string>),
  ...(Object.fromEntries(rows) as Record<string, string>),
  "documented/README.md": "# About\n",
  [`${DEEPEST}/file.txt`]: "",
  ...Object.fromEntries(rows.map(([name]) => [`${DEEP.join("/")}/${name}`, ""])),
  ...Object.fromEntries(BACKUPS.map((name) => [`long/${name}`, ""])),
});

/** The boxes of the header, and of the heads of the columns after the page is scrolled. */
const BOXES = `(() => {
  scrollTo(0, 200);
  const box = (selector) => {
    const { left, right, top, bottom } = document.querySelector(selector).getBoundingClientRect();
    return { left, right, top, bottom };
  };
  return { header: box("header"), way: box("h1"), root: box("h1 > :first-child"),
    here: box("[aria-current]"), search: box("#filter"), head: box("th"), width: innerWidth,
    overflow: document.documentElement.scrollWidth - innerWidth };
})()`;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}
type Boxes = Readonly<Record<"header" | "way" | "root" | "here" | "search" | "head", Box>> & {
  readonly width: number;
  readonly overflow: number;
};

inEngines(({ engine, open }) => {
  async function visit(path: string, size: Size): Promise<Page> {
    const page = await open(size);
    await page.goto(`${server.origin}${encodeURI(path)}`);
    await until(page, "!document.querySelector('#help').hidden");
    return page;
  }

  describe("E5 the header is one line, and the heads of the columns stick below it", () => {
    test.each([
      ["/documented/", 650],
      ["/documented/", 700],
      ["/documented/", 820],
      [`/${DEEP.join("/")}/documented/`, 1280],
      [`/${DEEP.join("/")}/documented/`, 390],
      [`/${DEEP.join("/")}/documented/`, 320],
      [`/${DEEPEST}/`, 1280],
      [`/${DEEPEST}/`, 390],
    ])("%s at %d px", async (path, width) => {
      await using page = await visit(path, { width, height: 800 });
      const { header, way, root, here, search, head, overflow } = (await page.evaluate(
        BOXES,
      )) as Boxes;
      expect(header.bottom - header.top).toBe(52);
      for (const box of [way, root, here, search]) {
        expect(box.top).toBeGreaterThanOrEqual(header.top);
        expect(box.bottom).toBeLessThanOrEqual(header.bottom);
      }
      // From left to right without an overlap, with something of each to see.
      expect(root.left).toBeGreaterThanOrEqual(header.left);
      expect(root.right - root.left).toBeGreaterThanOrEqual(24);
      expect(here.left).toBeGreaterThanOrEqual(root.right);
      expect(here.right - here.left).toBeGreaterThanOrEqual(28);
      expect(search.left).toBeGreaterThanOrEqual(here.right);
      expect(search.right).toBeLessThanOrEqual(header.right);
      expect(head.top).toBeGreaterThanOrEqual(header.bottom);
      expect(overflow).toBeLessThanOrEqual(0);
    });
  });

  describe("E9 a long name", () => {
    const NAMES = `[...document.querySelectorAll("#rows a")].map((a) => {
      const { left, right } = a.getBoundingClientRect();
      const end = document.createRange();
      end.selectNodeContents(a.lastChild);
      const tail = end.getBoundingClientRect();
      return { tail: a.lastChild.textContent, title: a.title, isIn: tail.left >= left && tail.right <= right,
        isCut: a.firstChild.scrollWidth > a.firstChild.clientWidth };
    })`;

    test.each([
      [PHONE, true],
      [{ width: 700, height: 800 }, true],
      [DESKTOP, false],
    ])("shows its end at %p", async (size, isCut) => {
      await using page = await visit("/long/", size);
      const shown = await page.evaluate(NAMES);
      const tails = ["-part-1-of-2.tar.gz", "-part-2-of-2.tar.gz"];
      expect(shown).toEqual(
        BACKUPS.map((title, index) => ({ tail: tails[index], title, isIn: true, isCut })),
      );
    });
  });

  describe("E8 on paper", () => {
    const PARTS = `[...document.querySelectorAll("#rows a")].map((a) => {
      const [head, tail] = [...a.childNodes].map((part) => {
        const range = document.createRange();
        range.selectNodeContents(part);
        return [...range.getClientRects()];
      });
      const [end, begin] = [head.at(-1), tail[0]];
      return { isWhole: a.scrollWidth <= a.clientWidth, isOneText: end.top === begin.top && Math.abs(end.right - begin.left) < 1 };
    })`;

    test.skipIf(!engine.emulates).each([1280, 720])(
      "a long name is whole, and its extension next to its stem, at %d px",
      async (width) => {
        await using page = await visit("/long/", { width, height: 800 });
        await page.emulate({ type: "print" });
        expect(await page.evaluate(PARTS)).toEqual(
          BACKUPS.map(() => ({ isWhole: true, isOneText: true })),
        );
      },
    );
  });

  describe("E11", () => {
    const SMALL = `[...document.querySelectorAll("a, button, input:not([type=hidden])")]
      .filter((target) => target.closest("article") === null && target.checkVisibility())
      .map((target) => [target.outerHTML, (target.closest("tbody tr") ?? target).getBoundingClientRect()])
      .filter(([, { width, height }]) => width < 24 || height < 24)
      .map(([text]) => text)`;

    test.each([
      ["/documented/", DESKTOP],
      ["/documented/", PHONE],
      [`/${DEEP.join("/")}/documented/?filter=1`, DESKTOP],
      [`/${DEEP.join("/")}/documented/?filter=1`, PHONE],
      ["/many/", DESKTOP],
      ["/many/", PHONE],
      ["/nothing", PHONE],
    ])("every target of %s is 24 px high and wide at %p", async (path, size) => {
      await using page = await open(size);
      await page.goto(server.origin + encodeURI(path));
      expect(await page.evaluate(SMALL)).toEqual([]);
    });

    test("twice as large, the page needs no scrolling sideways, and its header gives way to the rows", async () => {
      await using page = await visit(`/${DEEP.join("/")}/documented/`, { width: 640, height: 400 });
      const { header, overflow } = (await page.evaluate(BOXES)) as Boxes;
      expect(overflow).toBeLessThanOrEqual(0);
      expect(header.bottom).toBeLessThan(0);
    });

    test.skipIf(!engine.emulates)("with forced colors the icons show", async () => {
      await using page = await visit("/documented/", DESKTOP);
      await page.emulate({ forcedColors: true });
      const colors = `["#up", "#rows a"].map((selector) =>
        [getComputedStyle(document.querySelector(selector), "::before").backgroundColor,
         getComputedStyle(document.body).backgroundColor])`;
      for (const [icon, background] of (await page.evaluate(colors)) as string[][]) {
        expect(icon).not.toBe(background);
      }
    });
  });
});
