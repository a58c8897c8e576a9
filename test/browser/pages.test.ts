import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  DESKTOP,
  follow,
  followWithoutScripts,
  isBrowserMissing,
  openPage,
  PHONE,
} from "../helpers/browser.ts";
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

describe.skipIf(isBrowserMissing)("the index", () => {
  test("lists the directory, directories first and in natural order", async () => {
    using page = openPage(DESKTOP);
    await page.view.navigate(`${server.origin}/`);
    const names = (await page.view.evaluate(NAMES)) as string[];
    const wanted = ["photos/", HOSTILE, "a & b.txt", "file2.txt", "file10.txt", "large.bin"];
    expect(names.toSorted()).toEqual(wanted.toSorted());
    expect(names[0]).toBe("photos/");
    expect(names.indexOf("file2.txt")).toBeLessThan(names.indexOf("file10.txt"));
    expect(page.view.title).not.toBe("owned");
    expect(page.complaints).toEqual([]);
  });

  test("a link leads into a directory, the breadcrumbs back out, a file's link to its bytes", async () => {
    using page = openPage(DESKTOP);
    await page.view.navigate(`${server.origin}/`);
    await follow(page.view, 'a[href="./photos/"]');
    expect(page.view.url).toBe(`${server.origin}/photos/`);
    expect(await page.view.evaluate(NAMES)).toContain("cat.svg");
    await follow(page.view, 'nav a[href="../"]');
    expect(page.view.url).toBe(`${server.origin}/`);
    await follow(page.view, 'a[href*="file2.txt"]');
    expect(await page.view.evaluate("document.body.textContent")).toBe("two");
  });

  test("a hostile name is text, and its link fetches its bytes", async () => {
    using page = openPage(DESKTOP);
    await page.view.navigate(`${server.origin}/`);
    const href = await page.view.evaluate(
      `[...document.querySelectorAll("tbody a")].find((a) => a.textContent.includes("onerror")).href`,
    );
    expect(await (await fetch(String(href))).text()).toBe("hostile");
    expect(await page.view.evaluate("document.querySelectorAll('tbody img').length")).toBe(0);
  });

  test("the headers sort, also with scripts off", async () => {
    using page = openPage(DESKTOP);
    await page.view.navigate("about:blank");
    await page.view.cdp("Emulation.setScriptExecutionDisabled", { value: true });
    await page.view.navigate(`${server.origin}/`);
    await followWithoutScripts(page.view, 'th a[href*="sort=size"]');
    expect(page.view.url).toContain("sort=size");
    const html = await (await fetch(page.view.url)).text();
    expect(html.indexOf("large.bin")).toBeLessThan(html.indexOf("file2.txt"));
  });

  test.each([DESKTOP, PHONE])("does not scroll sideways at %p", async (size) => {
    using page = openPage(size);
    await page.view.navigate(`${server.origin}/`);
    expect(await page.view.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(
      true,
    );
  });
});

describe.skipIf(isBrowserMissing)("the error page", () => {
  test("says what is wrong, and leads back", async () => {
    using page = openPage(DESKTOP);
    await page.view.navigate(`${server.origin}/nothing`);
    expect(await page.view.evaluate("document.querySelector('h1').textContent")).toContain("404");
    await follow(page.view, 'a[href="./"]');
    expect(page.view.url).toBe(`${server.origin}/`);
  });
});
