import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import {
  DESKTOP,
  follow,
  followWithoutScripts,
  isBrowserMissing,
  leave,
  openPage,
  PHONE,
  until,
  type Page,
} from "../helpers/browser.ts";
import { HOSTILE_MARKDOWN } from "../files/listing/hostile-markdown.ts";
import { HOSTILE_NAMES } from "../files/listing/hostile-names.ts";
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

async function open(target: string, size: typeof DESKTOP | typeof PHONE = DESKTOP): Promise<Page> {
  const page = openPage(size);
  await page.view.navigate(`${server.origin}${target}`);
  await until(page.view, "!document.querySelector('#filter').hidden");
  return page;
}

async function openWithoutScripts(target: string): Promise<Page> {
  const page = openPage(DESKTOP);
  await page.view.navigate("about:blank");
  await page.view.cdp("Emulation.setScriptExecutionDisabled", { value: true });
  await page.view.navigate(`${server.origin}${target}`);
  return page;
}

function targetOf({ view }: Page): string {
  return view.url.slice(server.origin.length);
}

const pagerLink = (text: string) =>
  `nav.pager a${{ Next: "[rel=next]", Previous: "[rel=prev]", Last: ":last-of-type" }[text]}`;

describe.skipIf(isBrowserMissing)("the pages of a listing", () => {
  test("lead to each other, in the order that was chosen", async () => {
    using page = await open("/many/");
    const range = () => page.view.evaluate("document.querySelector('.pager p').textContent");
    expect(await range()).toBe("1–1,000 of 2,500");
    await follow(page.view, "th:first-child a");
    expect(targetOf(page)).toBe("/many/?sort=name&order=desc");
    expect((await page.view.evaluate(SHOWN)) as string[]).toContain("file2499.txt");
    await follow(page.view, pagerLink("Next"));
    expect(targetOf(page)).toBe("/many/?sort=name&order=desc&page=2");
    expect(await range()).toBe("1,001–2,000 of 2,500");
    expect(((await page.view.evaluate(SHOWN)) as string[])[0]).toBe("file1499.txt");
    await follow(page.view, pagerLink("Last"));
    expect(await range()).toBe("2,001–2,500 of 2,500");
    await follow(page.view, pagerLink("Previous"));
    expect(await range()).toBe("1,001–2,000 of 2,500");
    expect(page.complaints).toEqual([]);
  });

  test("lead to each other with scripts off, and sort", async () => {
    using page = await openWithoutScripts("/many/");
    await followWithoutScripts(page.view, pagerLink("Next"));
    expect(targetOf(page)).toBe("/many/?sort=name&order=asc&page=2");
    await followWithoutScripts(page.view, "th:nth-child(3) a");
    expect(targetOf(page)).toBe("/many/?sort=time&order=desc");
    await followWithoutScripts(page.view, "th:nth-child(3) a");
    expect(targetOf(page)).toBe("/many/?sort=time&order=asc");
    await followWithoutScripts(page.view, "#up");
    expect(targetOf(page)).toBe("/");
  });
});

describe.skipIf(isBrowserMissing)("the keys, on the real page", () => {
  test("find a name, go to it, open it, and go up from it", async () => {
    using page = await open("/documented/");
    await page.view.press("/");
    await page.view.type("bel");
    expect(await page.view.evaluate(SHOWN)).toEqual(["below/"]);
    await page.view.press("Enter");
    expect(await page.view.evaluate("document.activeElement.textContent")).toBe("below/");
    await follow(page.view, "a:focus");
    await until(page.view, "!document.querySelector('#filter').hidden");
    expect(targetOf(page)).toBe("/documented/below/");
    await page.view.press("j");
    expect(await page.view.evaluate("document.activeElement.id")).toBe("up");
    await page.view.press("ArrowDown");
    expect(await page.view.evaluate("document.activeElement.textContent")).toBe("deep/");
    await page.view.press("k");
    expect(await page.view.evaluate("document.activeElement.id")).toBe("up");
    await leave(page.view, () => page.view.press("Backspace"));
    expect(targetOf(page)).toBe("/documented/");
  });

  test("breadcrumbs lead to every directory above", async () => {
    using page = await open("/documented/below/deep/");
    await follow(page.view, 'nav a[href="../../"]');
    expect(targetOf(page)).toBe("/documented/");
    await follow(page.view, 'nav a[href="../"]');
    expect(targetOf(page)).toBe("/");
  });

  test.each([DESKTOP, PHONE])("nothing has the focus at first, at %p", async (size) => {
    using page = await open("/documented/", size);
    expect(await page.view.evaluate("document.activeElement === document.body")).toBe(true);
  });
});

describe.skipIf(isBrowserMissing)("the README.md below a listing", () => {
  test("is shown with its own pictures, and does nothing", async () => {
    using page = await open("/documented/");
    await follow(page.view, 'article a[href="below/"]');
    expect(targetOf(page)).toBe("/documented/below/");
    await leave(page.view, () => page.view.navigate(`${server.origin}/documented/`));
    await until(page.view, "document.querySelector('article img')?.naturalWidth === 40");
    expect(await page.view.evaluate("document.querySelectorAll('article img').length")).toBe(1);
    expect(await page.view.evaluate("document.querySelector('article').innerText")).toContain(
      "elsewhere",
    );
    expect(await page.view.evaluate("document.links.length")).toBeGreaterThan(4);
    expect(
      await page.view.evaluate(
        "[...document.links].every(({ protocol }) => /^https?:$/.test(protocol))",
      ),
    ).toBe(true);
    await page.view.scrollTo('article a[href="#readme-more"]');
    await page.view.click('article a[href="#readme-more"]');
    await until(page.view, "location.hash === '#readme-more' && document.querySelector(':target')");
    expect(page.view.title).toBe("/documented/");
    expect(page.complaints).toEqual([]);
  });

  test.each([DESKTOP, PHONE])("with everything hostile in it is harmless at %p", async (size) => {
    using page = await open("/markdown/", size);
    expect(await page.view.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(
      true,
    );
    const foreign =
      "document.querySelectorAll('article :is(script, style, iframe, form, svg, object, embed, base, meta, [onclick], [onerror], [onload])').length";
    expect(await page.view.evaluate(foreign)).toBe(0);
    expect(
      await page.view.evaluate(
        "[...document.links].every(({ protocol }) => /^(https?|mailto):$/.test(protocol))",
      ),
    ).toBe(true);
    // A picture that is not there is no complaint of the policy's.
    expect(page.complaints.filter((complaint) => complaint.includes("Policy"))).toEqual([]);
  });
});

describe.skipIf(isBrowserMissing)("hostile names", () => {
  test("are text, and each link fetches the right bytes", async () => {
    using page = await open("/hostile/");
    const contents = (await page.view.evaluate(
      `Promise.all([...document.querySelectorAll("#rows a")].map(async ({ href }) => (await fetch(href)).text()))`,
    )) as string[];
    expect(contents.toSorted()).toEqual(NAMES.map((name) => `content of ${name}`).toSorted());
    expect(
      await page.view.evaluate("document.querySelectorAll('#rows :is(img, script)').length"),
    ).toBe(0);
    expect(page.complaints).toEqual([]);
  });

  test.each(["<img src=x onerror=alert(1)>.txt", '"quote".txt', "a&b.txt", "файл.txt", "🦦.txt"])(
    "%j can be clicked",
    async (name) => {
      using page = await open("/hostile/");
      // Only a few, so that it is in view.
      await page.view.press("/");
      await page.view.type(name.slice(2, 6));
      await follow(page.view, `a[href="./${encodeURIComponent(name)}"]`);
      expect(await page.view.evaluate("document.body.textContent")).toBe(`content of ${name}`);
      expect(targetOf(page)).toBe(`/hostile/${encodeURIComponent(name)}`);
    },
  );
});

describe.skipIf(isBrowserMissing)("the page adapts", () => {
  const emulate = ({ view }: Page, media: string, features: readonly object[] = []) =>
    view.cdp("Emulation.setEmulatedMedia", { media, features });
  const style = ({ view }: Page, selector: string, property: string) =>
    view.evaluate(`getComputedStyle(document.querySelector("${selector}")).${property}`);

  test("to paper: names are whole, and what one cannot press is left out", async () => {
    using page = await open("/documented/");
    expect(await style(page, "#filter", "display")).not.toBe("none");
    await emulate(page, "print");
    expect(await style(page, "search", "display")).toBe("none");
    expect(await style(page, "footer", "display")).toBe("none");
    expect(await style(page, "#rows bdi", "whiteSpace")).toBe("pre-wrap");
  });

  test("to those who want no motion", async () => {
    using page = await open("/documented/");
    expect(await style(page, "#rows a", "transitionDuration")).not.toBe("0s");
    await emulate(page, "", [{ name: "prefers-reduced-motion", value: "reduce" }]);
    expect(await style(page, "#rows a", "transitionDuration")).toBe("0s");
  });

  test("to light and dark, by the system", async () => {
    using page = await open("/documented/");
    const colors = [];
    for (const value of ["light", "dark"]) {
      await emulate(page, "", [{ name: "prefers-color-scheme", value }]);
      colors.push(await style(page, "body", "backgroundColor"));
    }
    expect(colors).toEqual(["rgb(253, 252, 250)", "rgb(23, 21, 18)"]);
  });
});
