import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { DESKTOP, follow, inEngines, PHONE, until, type Page } from "../helpers/browser.ts";
import { HOSTILE_MARKDOWN } from "../files/listing/hostile-markdown.ts";
import { HOSTILE_NAMES } from "../files/listing/hostile-names.ts";
import type { Size } from "../helpers/browser-engine.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const ENTRIES = 2500;

/** The hostile names that a listing can show: no file has a slash in its name, and dotfiles are hidden. */
const NAMES = HOSTILE_NAMES.filter((name) => !/[/\\]|^\./.test(name));

const README = `# About [this](#more)

![here](picture.svg) ![elsewhere](http://127.0.0.2:9/tell.png)

[down](below/) [script](javascript:document.title='owned')

<script>document.title = "owned"</script>

## More
`;

const many = Array.from({ length: ENTRIES }, (_, index) => [`many/file${index}.txt`, "."]);
const { tree, server } = useTestServer({
  ...(Object.fromEntries(many) as Record<string, string>),
  "documented/README.md": README,
  "documented/picture.svg": "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='30'/>",
  "documented/below/deep/file.txt": "deep",
  "markdown/README.md": HOSTILE_MARKDOWN.join("\n\n"),
  "hostile/": "",
});

beforeAll(() => {
  for (const name of NAMES) writeFileSync(tree.at(`hostile/${name}`), `content of ${name}`);
});

/** The names that are shown, the way up not among them. */
const SHOWN = `[...document.querySelectorAll("#rows tr:not([hidden]) a")].map((a) => a.textContent)`;

async function targetOf(page: Page): Promise<string> {
  return (await page.url()).slice(server.origin.length);
}

const pagerLink = (text: string) =>
  `nav.pager a${{ Next: "[rel=next]", Previous: "[rel=prev]", Last: ":last-of-type" }[text]}`;

inEngines(({ engine, open }) => {
  async function visit(target: string, size: Size = DESKTOP): Promise<Page> {
    const page = await open(size);
    await page.goto(`${server.origin}${target}`);
    await until(page, "!document.querySelector('#help').hidden");
    return page;
  }

  describe("the pages of a listing", () => {
    test("E7 lead to each other, in the order that was chosen, and the browser has no complaint", async () => {
      await using page = await visit("/many/");
      const range = () => page.evaluate("document.querySelector('.pager p').textContent");
      expect(await range()).toBe("1–1,000 of 2,500");
      await follow(page, "th:first-child a");
      expect(await targetOf(page)).toBe("/many/?sort=name&order=desc");
      expect((await page.evaluate(SHOWN)) as string[]).toContain("file2499.txt");
      await follow(page, pagerLink("Next"));
      expect(await targetOf(page)).toBe("/many/?sort=name&order=desc&page=2");
      expect(await range()).toBe("1,001–2,000 of 2,500");
      expect(((await page.evaluate(SHOWN)) as string[])[0]).toBe("file1499.txt");
      await follow(page, pagerLink("Last"));
      expect(await range()).toBe("2,001–2,500 of 2,500");
      await follow(page, pagerLink("Previous"));
      expect(await range()).toBe("1,001–2,000 of 2,500");
      expect(await page.complaints()).toEqual([]);
    });

    test.skipIf(!engine.emulates)("lead to each other with scripts off, and sort", async () => {
      await using page = await open(DESKTOP, { withoutScripts: true });
      await page.goto(`${server.origin}/many/`);
      await follow(page, pagerLink("Next"));
      expect(await targetOf(page)).toBe("/many/?page=2");
      await follow(page, "th:nth-child(3) a");
      expect(await targetOf(page)).toBe("/many/?sort=time&order=desc");
      await follow(page, "th:nth-child(3) a");
      expect(await targetOf(page)).toBe("/many/?sort=time&order=asc");
      await follow(page, "#up");
      expect(await targetOf(page)).toBe("/?sort=time&order=asc");
    });
  });

  describe("the keys, on the real page", () => {
    test("find a name, go to it, open it, and go up from it", async () => {
      await using page = await visit("/documented/");
      await page.press("/");
      await page.type("bel");
      expect(await page.evaluate(SHOWN)).toEqual(["below/"]);
      await page.press("Enter");
      expect(await page.evaluate("document.activeElement.textContent")).toBe("below/");
      await follow(page, "a:focus");
      await until(page, "!document.querySelector('#help').hidden");
      expect(await targetOf(page)).toBe("/documented/below/");
      await page.press("j");
      expect(await page.evaluate("document.activeElement.id")).toBe("up");
      await page.press("ArrowDown");
      expect(await page.evaluate("document.activeElement.textContent")).toBe("deep/");
      await page.press("k");
      expect(await page.evaluate("document.activeElement.id")).toBe("up");
      await page.leave(() => page.press("Backspace"));
      expect(await targetOf(page)).toBe("/documented/");
    });

    test("breadcrumbs lead to every directory above", async () => {
      await using page = await visit("/documented/below/deep/");
      await follow(page, 'nav a[href="../../"]');
      expect(await targetOf(page)).toBe("/documented/");
      await follow(page, 'nav a[href="../"]');
      expect(await targetOf(page)).toBe("/");
    });

    test.each([DESKTOP, PHONE])("nothing has the focus at first, at %p", async (size) => {
      await using page = await visit("/documented/", size);
      expect(await page.evaluate("document.activeElement === document.body")).toBe(true);
    });
  });

  describe("the README.md below a listing", () => {
    test("is shown with its own pictures, and does nothing", async () => {
      await using page = await visit("/documented/");
      await follow(page, 'article a[href="below/"]');
      expect(await targetOf(page)).toBe("/documented/below/");
      await page.leave(() => page.goto(`${server.origin}/documented/`));
      await until(page, "document.querySelector('article img')?.naturalWidth === 40");
      expect(await page.evaluate("document.querySelectorAll('article img').length")).toBe(1);
      expect(await page.evaluate("document.querySelector('article').innerText")).toContain(
        "elsewhere",
      );
      expect(await page.evaluate("document.links.length")).toBeGreaterThan(4);
      expect(
        await page.evaluate(
          "[...document.links].every(({ protocol }) => /^https?:$/.test(protocol))",
        ),
      ).toBe(true);
      await page.click('article a[href="#readme-more"]');
      await until(page, "location.hash === '#readme-more' && document.querySelector(':target')");
      expect(await page.evaluate("document.title")).toBe("Index of /documented/");
      expect(await page.complaints()).toEqual([]);
    });

    test.each([DESKTOP, PHONE])("with everything hostile in it is harmless at %p", async (size) => {
      await using page = await visit("/markdown/", size);
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
      const foreign =
        "document.querySelectorAll('article :is(script, style, iframe, form, svg, object, embed, base, meta, [onclick], [onerror], [onload])').length";
      expect(await page.evaluate(foreign)).toBe(0);
      expect(
        await page.evaluate(
          "[...document.links].every(({ protocol }) => /^(https?|mailto):$/.test(protocol))",
        ),
      ).toBe(true);
      // A picture that is not there is no complaint of the policy's.
      const complaints = await page.complaints();
      expect(complaints.filter((complaint) => complaint.includes("Policy"))).toEqual([]);
    });
  });

  describe("hostile names", () => {
    test("are text, and each link fetches the right bytes", async () => {
      await using page = await visit("/hostile/");
      const contents = (await page.evaluate(
        `Promise.all([...document.querySelectorAll("#rows a")].map(async ({ href }) => (await fetch(href)).text()))`,
      )) as string[];
      expect(contents.toSorted()).toEqual(NAMES.map((name) => `content of ${name}`).toSorted());
      expect(
        await page.evaluate("document.querySelectorAll('#rows :is(img, script)').length"),
      ).toBe(0);
      expect(await page.complaints()).toEqual([]);
    });

    test.each(["<img src=x onerror=alert(1)>.txt", '"quote".txt', "a&b.txt", "файл.txt", "🦦.txt"])(
      "%j can be clicked",
      async (name) => {
        await using page = await visit("/hostile/");
        await page.press("/");
        await page.type(name.slice(2, 6));
        const link = `a[href="./${encodeURIComponent(name)}"]`;
        const found = `document.querySelector(${JSON.stringify(link)})`;
        await page.evaluate(`${found}.scrollIntoView({ block: "center" })`);
        await until(page, `${found}.checkVisibility({ contentVisibilityAuto: true })`);
        await follow(page, link);
        expect(await page.evaluate("document.body.textContent")).toBe(`content of ${name}`);
        expect(await targetOf(page)).toBe(`/hostile/${encodeURIComponent(name)}`);
      },
    );
  });

  describe("the page adapts", () => {
    const style = (page: Page, selector: string, property: string) =>
      page.evaluate(`getComputedStyle(document.querySelector("${selector}")).${property}`);

    test.skipIf(!engine.emulates)(
      "to paper: names are whole, and what one cannot press is left out",
      async () => {
        await using page = await visit("/documented/");
        expect(await style(page, "#filter", "display")).not.toBe("none");
        await page.emulate({ type: "print" });
        expect(await style(page, "search", "display")).toBe("none");
        expect(await style(page, "footer", "display")).toBe("none");
        expect(await style(page, "#rows a", "whiteSpace")).toBe("pre-wrap");
      },
    );

    test.skipIf(!engine.emulates)("to those who want no motion", async () => {
      await using page = await visit("/documented/");
      expect(await style(page, "#rows a", "transitionDuration")).not.toBe("0s");
      await page.emulate({ reducedMotion: true });
      expect(await style(page, "#rows a", "transitionDuration")).toBe("0s");
    });

    test.each([
      ["light", "rgb(253, 252, 250)"],
      ["dark", "rgb(23, 21, 18)"],
    ] as const)("to a %s system", async (scheme, color) => {
      await using page = await open(DESKTOP, { scheme });
      await page.goto(`${server.origin}/documented/`);
      expect(await style(page, "body", "backgroundColor")).toBe(color);
    });
  });
});
