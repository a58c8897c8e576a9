import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, follow, inEngines, until, type Page } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const many = Array.from({ length: 1500 }, (_, index) => [`many/file${index}.txt`, ""]);
const { server } = useTestServer({
  ...(Object.fromEntries(many) as Record<string, string>),
  "many/Das Übel/below/deep/file.txt": "",
  "many/another/": "",
});

const FOCUSED = "document.activeElement.textContent";
const SHOWN = `[...document.querySelectorAll("#rows tr:not([hidden]) a")].map((a) => a.textContent)`;
const SAID = `document.querySelector("#matches").value || document.querySelector(".counts").textContent`;

inEngines(({ engine, open }) => {
  const ready = (page: Page) => until(page, "!document.querySelector('#help')?.hidden");

  async function visit(target: string): Promise<Page> {
    const page = await open(DESKTOP);
    await page.goto(`${server.origin}${target}`);
    await ready(page);
    return page;
  }

  /** Performs an act that leads to another listing, and waits for its script. */
  async function go(page: Page, act: () => Promise<unknown>): Promise<string> {
    await page.leave(act);
    await ready(page);
    return decodeURIComponent((await page.url()).slice(server.origin.length));
  }

  describe("E6 the filter finds names of all pages", () => {
    test("with scripts: while one types on this page, by Enter on all", async () => {
      await using page = await visit("/many/?sort=size&order=asc");
      await page.press("/");
      await page.type("FILE1499");
      expect(await page.evaluate(SHOWN)).toEqual([]);
      expect(await page.evaluate(SAID)).toBe(
        "No match of 1,000 on this page; Enter looks through all",
      );
      const target = await go(page, () => page.press("Enter"));
      expect(target).toBe("/many/?sort=size&order=asc&filter=FILE1499");
      expect(await page.evaluate(SHOWN)).toEqual(["file1499.txt"]);
      expect(await page.evaluate(SAID)).toBe("1 of 1,502 matches");
      expect(await page.evaluate("document.querySelector('#filter').value")).toBe("FILE1499");
      expect(await page.evaluate(FOCUSED)).toBe("file1499.txt");
      // Esc shows all again, in the order that was chosen.
      expect(await go(page, () => page.press("Escape"))).toBe("/many/?sort=size&order=asc");
      expect(await page.complaints()).toEqual([]);
    });

    test("with scripts: what has been found is narrowed on the page, and widened by the server", async () => {
      await using page = await visit("/many/?filter=file149");
      expect(await page.evaluate(SAID)).toBe("11 of 1,502 match");
      await page.press("/");
      await page.press("ArrowRight");
      await page.type("9");
      expect(await page.evaluate(SHOWN)).toEqual(["file1499.txt"]);
      expect(await page.evaluate(SAID)).toBe("1 of 11 matches");
      await page.press("Enter");
      expect(await page.evaluate(FOCUSED)).toBe("file1499.txt");
      await page.press("/");
      await page.type("another");
      const target = await go(page, () => page.press("Enter"));
      expect(target).toBe("/many/?filter=another");
      expect(await page.evaluate(SHOWN)).toEqual(["another/"]);
    });

    test.skipIf(!engine.emulates)("without scripts: by the form", async () => {
      await using page = await open(DESKTOP, { withoutScripts: true });
      await page.goto(`${server.origin}/many/`);
      await page.click("#filter");
      await page.type("1499");
      await page.leave(() => page.press("Enter"));
      expect(await page.url()).toBe(`${server.origin}/many/?filter=1499`);
      await follow(page, "#all");
      expect(await page.url()).toBe(`${server.origin}/many/`);
    });
  });

  describe("E10 order and view go along, and the way up leads to where one came from", () => {
    test("into a directory by Enter, and up by Backspace", async () => {
      await using page = await visit("/many/?sort=time&order=asc");
      await page.press("/");
      await page.type("ubel");
      await page.press("ArrowDown");
      const inside = await go(page, () => page.press("Enter"));
      expect(inside).toBe("/many/Das Übel/?sort=time&order=asc");
      expect(await page.evaluate("document.activeElement === document.body")).toBe(true);
      const up = await go(page, () => page.press("Backspace"));
      expect(up).toBe("/many/?sort=time&order=asc");
      expect(await page.evaluate(FOCUSED)).toBe("Das Übel/");
    });

    test("up by the breadcrumbs, several levels at once, and by the row", async () => {
      await using page = await visit("/many/Das%20%C3%9Cbel/below/deep/?view=grid");
      expect(await go(page, () => page.click("#up"))).toBe("/many/Das Übel/below/?view=grid");
      expect(await page.evaluate(FOCUSED)).toBe("deep/");
      expect(await go(page, () => page.click('h1 a[href^="../../?"]'))).toBe("/many/?view=grid");
      expect(await page.evaluate(FOCUSED)).toBe("Das Übel/");
    });

    test("up to the filter and the page that were shown, and back by the browser", async () => {
      await using page = await visit("/many/?filter=%C3%BCb");
      await go(page, () => page.click("#rows a"));
      expect(await go(page, () => page.press("Backspace"))).toBe("/many/?filter=üb");
      expect(await page.evaluate(FOCUSED)).toBe("Das Übel/");
      await go(page, () => page.click("#rows a"));
      await page.evaluate("document.activeElement.blur()");
      await page.back();
      await until(page, `${FOCUSED} === "Das Übel/"`);
      expect(await page.complaints()).toEqual([]);
    });
  });
});
