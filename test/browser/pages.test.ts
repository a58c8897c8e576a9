import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, follow, inEngines, PHONE } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const HOSTILE = "<img src=x onerror=document.title='owned'>.txt";

const { server } = useTestServer({
  "file10.txt": "ten",
  "file2.txt": "two",
  "photos/cat.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
  "a & b.txt": "ampersand",
  [HOSTILE]: "hostile",
  "large.bin": Buffer.alloc(2 * 1024 * 1024),
});

const NAMES = `[...document.querySelectorAll("tbody a")].map((a) => a.textContent.trim())`;

inEngines(({ engine, open }) => {
  describe("the index", () => {
    test("lists the directory, directories first and in natural order", async () => {
      await using page = await open(DESKTOP);
      await page.goto(`${server.origin}/`);
      const names = (await page.evaluate(NAMES)) as string[];
      const wanted = ["photos/", HOSTILE, "a & b.txt", "file2.txt", "file10.txt", "large.bin"];
      expect(names.toSorted()).toEqual(wanted.toSorted());
      expect(names[0]).toBe("photos/");
      expect(names.indexOf("file2.txt")).toBeLessThan(names.indexOf("file10.txt"));
      expect(await page.evaluate("document.title")).not.toBe("owned");
      expect(await page.complaints()).toEqual([]);
    });

    test("a link leads into a directory, the breadcrumbs back out, a file's link to its bytes", async () => {
      await using page = await open(DESKTOP);
      await page.goto(`${server.origin}/`);
      await follow(page, 'a[href="./photos/"]');
      expect(await page.url()).toBe(`${server.origin}/photos/`);
      expect(await page.evaluate(NAMES)).toContain("cat.svg");
      await follow(page, 'nav a[href="../"]');
      expect(await page.url()).toBe(`${server.origin}/`);
      await follow(page, 'a[href*="file2.txt"]');
      expect(await page.evaluate("document.body.textContent")).toBe("two");
    });

    test("a hostile name is text, and its link fetches its bytes", async () => {
      await using page = await open(DESKTOP);
      await page.goto(`${server.origin}/`);
      const href = await page.evaluate(
        `[...document.querySelectorAll("tbody a")].find((a) => a.textContent.includes("onerror")).href`,
      );
      expect(await (await fetch(String(href))).text()).toBe("hostile");
      expect(await page.evaluate("document.querySelectorAll('tbody img').length")).toBe(0);
    });

    test.skipIf(!engine.emulates)("the headers sort, also with scripts off", async () => {
      await using page = await open(DESKTOP, { withoutScripts: true });
      await page.goto(`${server.origin}/`);
      await follow(page, 'th a[href*="sort=size"]');
      const url = await page.url();
      expect(url).toContain("sort=size");
      const html = await (await fetch(url)).text();
      expect(html.indexOf("large.bin")).toBeLessThan(html.indexOf("file2.txt"));
    });

    test.each([DESKTOP, PHONE])("does not scroll sideways at %p", async (size) => {
      await using page = await open(size);
      await page.goto(`${server.origin}/`);
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    });
  });

  describe("the error page", () => {
    test("says what is wrong, and leads back", async () => {
      await using page = await open(DESKTOP);
      await page.goto(`${server.origin}/nothing`);
      expect(await page.evaluate("document.querySelector('h1').textContent")).toContain("404");
      await follow(page, 'a[href="./"]');
      expect(await page.url()).toBe(`${server.origin}/`);
    });
  });
});
