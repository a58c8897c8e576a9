import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { FALLBACK_ASSETS, RESERVED_ASSETS } from "../../src/routes/embedded.ts";
import { renderListingHtml } from "../../src/files/listing/html.ts";
import { DESKTOP, follow, inEngines, PHONE, until, type Page } from "../helpers/browser.ts";
import type { Size } from "../helpers/browser-engine.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { HOSTILE_NAMES } from "../files/listing/hostile-names.ts";
import { makePage, makeRow } from "../files/listing/make-page.ts";

setDefaultTimeout(PATIENCE_MS);

const ASSETS = new Map([...RESERVED_ASSETS, ...FALLBACK_ASSETS]);
const HTML = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'",
};

const NAMES = ["docs/", "Apfel.txt", "Résumé.pdf", "birne.txt", "file2.txt", "file10.txt"];
const ROWS = NAMES.map((name) => makeRow(name));
const HUGE = Array.from({ length: 1000 }, (_, index) => makeRow(`${index}.txt`));
const LISTINGS: Readonly<Record<string, string>> = {
  "/": renderListingHtml(makePage(ROWS)),
  "/below/": renderListingHtml(makePage(ROWS, ["below"])),
  "/hostile/": renderListingHtml(
    makePage(
      HOSTILE_NAMES.map((name) => makeRow(name)),
      ["hostile"],
    ),
  ),
  "/old/": renderListingHtml(
    makePage([makeRow("old.txt", 1, Date.UTC(2023, 11, 31, 20))], ["old"]),
  ),
  "/huge/": renderListingHtml(makePage(HUGE, ["huge"])),
};

let server: Bun.Server<undefined>;

beforeAll(() => {
  server = Bun.serve({
    port: 0,
    fetch: (request) => {
      const { pathname } = new URL(request.url);
      const asset = ASSETS.get(pathname);
      if (asset !== undefined) {
        return new Response(asset.text, { headers: { "Content-Type": asset.contentType } });
      }
      return new Response(LISTINGS[pathname] ?? `opened ${pathname}`, { headers: HTML });
    },
  });
});

afterAll(() => server.stop(true));

const SHOWN = `[...document.querySelectorAll("#rows tr:not([hidden]) a")].map((a) => a.textContent)`;
const FOCUSED = "document.activeElement.textContent";

inEngines(({ open }) => {
  async function visit(path: string, size: Size = DESKTOP): Promise<Page> {
    const page = await open(size);
    await page.goto(new URL(path, server.url).href);
    await until(page, "!document.querySelector('#help').hidden");
    return page;
  }

  describe("index: the filter", () => {
    test.each([
      ["file", ["file2.txt", "file10.txt"]],
      ["APF", ["Apfel.txt"]],
      ["resume", ["Résumé.pdf"]],
      ["RÉS", ["Résumé.pdf"]],
      [".txt", ["Apfel.txt", "birne.txt", "file2.txt", "file10.txt"]],
      ["docs/", ["docs/"]],
      ["*", []],
    ])("of %s leaves %j", async (text, wanted) => {
      await using page = await visit("/");
      await page.press("/");
      await page.type(text);
      expect(await page.evaluate(SHOWN)).toEqual(wanted);
      const { length } = wanted;
      const said =
        length === 0 ? "No match of 6" : `${length} of 6 ${length === 1 ? "matches" : "match"}`;
      expect(await page.evaluate("document.querySelector('#matches').textContent")).toBe(said);
      await page.press("Escape");
      expect(await page.evaluate(SHOWN)).toEqual(NAMES);
      expect(await page.complaints()).toEqual([]);
    });

    test("takes letters as letters: no key acts while one types", async () => {
      await using page = await visit("/below/");
      await page.press("/");
      await page.type("jk?/");
      await page.press("Backspace");
      expect(await page.evaluate("document.querySelector('#filter').value")).toBe("jk?");
      expect(await page.evaluate("document.querySelector('dialog')")).toBeNull();
      expect(new URL(await page.url()).pathname).toBe("/below/");
    });

    test("Enter goes to the first match", async () => {
      await using page = await visit("/below/");
      await page.press("/");
      await page.type("file");
      await page.press("Enter");
      expect(await page.evaluate(FOCUSED)).toBe("file2.txt");
    });

    test("writes only what changes, so that a key is answered at once with 1,000 rows", async () => {
      await using page = await visit("/huge/");
      const changes = await page.evaluate(`new Promise((resolve) => {
      const filter = document.querySelector("#filter");
      const type = (text) => {
        filter.value = text;
        filter.dispatchEvent(new Event("input"));
      };
      type("9");
      const observer = new MutationObserver((changes) => resolve(changes.length));
      observer.observe(document.querySelector("#rows"), { attributes: true, subtree: true });
      type("99");
    })`);
      // Of 0 to 999, those with a 9 but for those with 99.
      expect(changes).toBe(271 - 19);
    });
  });

  describe("index: the keys", () => {
    test("j, k and the arrows move the selection, and stop at the ends", async () => {
      await using page = await visit("/");
      const steps = ["j", "j", "ArrowDown", "k", "ArrowUp", "k"] as const;
      const focused: unknown[] = [];
      for (const key of steps) {
        await page.press(key);
        focused.push(await page.evaluate(FOCUSED));
      }
      expect(focused).toEqual(["docs/", "Apfel.txt", "Résumé.pdf", "Apfel.txt", "docs/", "docs/"]);
    });

    test("with a modifier they are the browser's", async () => {
      await using page = await visit("/");
      await page.press("j", { control: true });
      expect(await page.evaluate("document.activeElement === document.body")).toBe(true);
    });

    test("Backspace goes up, and at the root nowhere", async () => {
      await using page = await visit("/below/");
      await page.leave(() => page.press("Backspace"));
      expect(new URL(await page.url()).pathname).toBe("/");
      await page.press("Backspace");
      expect(new URL(await page.url()).pathname).toBe("/");
    });

    test("? and the button open the help, and Close closes it", async () => {
      await using page = await visit("/");
      await page.press("?");
      expect(await page.evaluate("document.querySelector('dialog').open")).toBe(true);
      await page.press("j");
      expect(
        await page.evaluate("document.querySelector('dialog').contains(document.activeElement)"),
      ).toBe(true);
      await page.click("dialog button");
      await until(page, "!document.querySelector('dialog').open");
      await page.click("#help");
      await until(page, "document.querySelector('dialog').open");
      expect(await page.evaluate("document.querySelectorAll('dialog').length")).toBe(1);
      expect(await page.complaints()).toEqual([]);
    });

    test("Enter opens what is selected", async () => {
      await using page = await visit("/");
      await page.press("j");
      await follow(page, "a:focus");
      expect(await page.evaluate("document.body.textContent")).toBe("opened /docs/");
    });
  });

  describe("index: times", () => {
    test("are in the visitor's zone, with the relative one on demand", async () => {
      await using page = await visit("/old/");
      const time = "document.querySelector('time')";
      expect(await page.evaluate(`${time}.dateTime`)).toBe("2023-12-31 20:00:00Z");
      expect(await page.evaluate(`${time}.textContent`)).toBe("2024-01-01");
      await page.evaluate(`${time}.dispatchEvent(new Event("pointerover", { bubbles: true }))`);
      expect(await page.evaluate(`${time}.title`)).toContain("2024");
      // Paper has no tooltip.
      await page.evaluate(`dispatchEvent(new Event("beforeprint"))`);
      expect(await page.evaluate(`${time}.textContent`)).toBe("2024-01-01 01:45");
      await page.evaluate(`dispatchEvent(new Event("afterprint"))`);
      expect(await page.evaluate(`${time}.textContent`)).toBe("2024-01-01");
    });
  });

  describe("the index page", () => {
    test.each([DESKTOP, PHONE])(
      "never scrolls sideways, whatever the names, at %p",
      async (size) => {
        await using page = await visit("/hostile/", size);
        expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(
          true,
        );
        expect(await page.complaints()).toEqual([]);
      },
    );

    test("shows at least 20 rows at 1280 by 800", async () => {
      await using page = await visit("/huge/");
      const rows = await page.evaluate(
        `[...document.querySelectorAll("#rows tr")].filter((tr) => tr.getBoundingClientRect().bottom <= innerHeight).length`,
      );
      expect(rows as number).toBeGreaterThanOrEqual(20);
    });
  });
});
