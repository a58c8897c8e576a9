import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { FALLBACK_ASSETS, RESERVED_ASSETS } from "../../src/routes/embedded.ts";
import { renderListingHtml } from "../../src/files/listing/html.ts";
import {
  DESKTOP,
  follow,
  isBrowserMissing,
  leave,
  openPage,
  PHONE,
  until,
  type Page,
} from "../helpers/browser.ts";
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

async function open(
  path: string,
  size: { width: number; height: number } = DESKTOP,
): Promise<Page> {
  const page = openPage(size);
  await page.view.navigate(new URL(path, server.url).href);
  await until(page.view, "!document.querySelector('#filter').hidden");
  return page;
}

describe.skipIf(isBrowserMissing)("index.js: the filter", () => {
  test.each([
    ["file", ["file2.txt", "file10.txt"]],
    ["APF", ["Apfel.txt"]],
    ["resume", ["Résumé.pdf"]],
    ["RÉS", ["Résumé.pdf"]],
    [".txt", ["Apfel.txt", "birne.txt", "file2.txt", "file10.txt"]],
    ["docs/", ["docs/"]],
    ["*", []],
  ])("of %s leaves %j", async (text, wanted) => {
    using page = await open("/");
    await page.view.press("/");
    await page.view.type(text);
    expect(await page.view.evaluate(SHOWN)).toEqual(wanted);
    const said = wanted.length === 0 ? "No match" : `${wanted.length} of 6`;
    expect(await page.view.evaluate("document.querySelector('#matches').textContent")).toBe(said);
    await page.view.press("Escape");
    expect(await page.view.evaluate(SHOWN)).toEqual(NAMES);
    expect(page.complaints).toEqual([]);
  });

  test("takes letters as letters: no key acts while one types", async () => {
    using page = await open("/below/");
    await page.view.press("/");
    await page.view.type("jk?/");
    await page.view.press("Backspace");
    expect(await page.view.evaluate("document.querySelector('#filter').value")).toBe("jk?");
    expect(await page.view.evaluate("document.querySelector('dialog')")).toBeNull();
    expect(new URL(page.view.url).pathname).toBe("/below/");
  });

  test("Enter goes to the first match", async () => {
    using page = await open("/below/");
    await page.view.press("/");
    await page.view.type("file");
    await page.view.press("Enter");
    expect(await page.view.evaluate(FOCUSED)).toBe("file2.txt");
  });

  test("writes only what changes, so that a key is answered at once with 1,000 rows", async () => {
    using page = await open("/huge/");
    const changes = await page.view.evaluate(`(() => {
      const filter = document.querySelector("#filter");
      const type = (text) => {
        filter.value = text;
        filter.dispatchEvent(new Event("input"));
      };
      type("9");
      const observer = new MutationObserver(() => undefined);
      observer.observe(document.querySelector("#rows"), { attributes: true, subtree: true });
      type("99");
      return observer.takeRecords().length;
    })()`);
    // Of 0 to 999, those with a 9 but for those with 99.
    expect(changes).toBe(271 - 19);
  });
});

describe.skipIf(isBrowserMissing)("index.js: the keys", () => {
  let page: Page;

  beforeEach(() => {
    page?.[Symbol.dispose]();
  });
  afterAll(() => page?.[Symbol.dispose]());

  test("j, k and the arrows move the selection, and stop at the ends", async () => {
    page = await open("/");
    const steps = ["j", "j", "ArrowDown", "k", "ArrowUp", "k"] as const;
    const focused: unknown[] = [];
    for (const key of steps) {
      await page.view.press(key);
      focused.push(await page.view.evaluate(FOCUSED));
    }
    expect(focused).toEqual(["docs/", "Apfel.txt", "Résumé.pdf", "Apfel.txt", "docs/", "docs/"]);
  });

  test("with a modifier they are the browser's", async () => {
    page = await open("/");
    await page.view.press("j", { modifiers: ["Control"] });
    expect(await page.view.evaluate("document.activeElement === document.body")).toBe(true);
  });

  test("Backspace goes up, and at the root nowhere", async () => {
    page = await open("/below/");
    await leave(page.view, () => page.view.press("Backspace"));
    expect(new URL(page.view.url).pathname).toBe("/");
    await page.view.press("Backspace");
    expect(new URL(page.view.url).pathname).toBe("/");
  });

  test("? and the button open the help, and Close closes it", async () => {
    page = await open("/");
    await page.view.press("?");
    expect(await page.view.evaluate("document.querySelector('dialog').open")).toBe(true);
    await page.view.press("j");
    expect(
      await page.view.evaluate("document.querySelector('dialog').contains(document.activeElement)"),
    ).toBe(true);
    await page.view.click("dialog button");
    await until(page.view, "!document.querySelector('dialog').open");
    await page.view.click("#help");
    await until(page.view, "document.querySelector('dialog').open");
    expect(await page.view.evaluate("document.querySelectorAll('dialog').length")).toBe(1);
    expect(page.complaints).toEqual([]);
  });

  test("Enter opens what is selected", async () => {
    page = await open("/");
    await page.view.press("j");
    await follow(page.view, "a:focus");
    expect(await page.view.evaluate("document.body.textContent")).toBe("opened /docs/");
  });
});

describe.skipIf(isBrowserMissing)("index.js: times", () => {
  test("are in the visitor's zone, with the relative one on demand", async () => {
    using page = openPage(DESKTOP);
    await page.view.navigate("about:blank");
    await page.view.cdp("Emulation.setTimezoneOverride", { timezoneId: "Asia/Kathmandu" });
    await page.view.navigate(server.url.href);
    await until(page.view, "!document.querySelector('#filter').hidden");
    const time = "document.querySelector('time')";
    expect(await page.view.evaluate(`${time}.textContent`)).toBe("2026-01-02 08:49");
    await page.view.evaluate(`${time}.dispatchEvent(new Event("pointerover", { bubbles: true }))`);
    expect(await page.view.evaluate(`${time}.title`)).toContain("2026");
  });
});

describe.skipIf(isBrowserMissing)("the index page", () => {
  test.each([DESKTOP, PHONE])("never scrolls sideways, whatever the names, at %p", async (size) => {
    using page = await open("/hostile/", size);
    expect(await page.view.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(
      true,
    );
    expect(page.complaints).toEqual([]);
  });

  test("shows at least 20 rows at 1280 by 800", async () => {
    using page = await open("/huge/");
    const rows = await page.view.evaluate(
      `[...document.querySelectorAll("#rows tr")].filter((tr) => tr.getBoundingClientRect().bottom <= innerHeight).length`,
    );
    expect(rows as number).toBeGreaterThanOrEqual(20);
  });
});
