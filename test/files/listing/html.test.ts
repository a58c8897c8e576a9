import { describe, expect, test } from "bun:test";
import { RESERVED_ASSETS } from "../../../src/routes/embedded.ts";
import { visibleText } from "../../../src/http/html-escape.ts";
import { renderListingHtml } from "../../../src/files/listing/html.ts";
import type { ListingPage, ListingQuery } from "../../../src/files/listing/page.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { makePage, makeRow } from "./make-page.ts";

interface Link {
  readonly href: string;
  text: string;
}

/** Which elements a listing is made of; a hostile name would add another, or another attribute. */
const ELEMENTS = new Set(
  (
    "html head meta title link script body header nav h1 a span bdi p search form output " +
    "input main table thead tr th tbody td time footer button kbd"
  ).split(" "),
);
const ATTRIBUTES = new Set(
  (
    "lang charset name content rel href type src class id aria-label aria-current for " +
    "action value maxlength placeholder autocapitalize spellcheck hidden scope aria-sort title datetime colspan"
  ).split(" "),
);

function linksOf(html: string, selector: string): Link[] {
  const links: Link[] = [];
  new HTMLRewriter()
    .on(selector, {
      element: (element) => void links.push({ href: element.getAttribute("href") ?? "", text: "" }),
      text: ({ text }) => {
        const last = links.at(-1);
        if (last !== undefined) last.text += text;
      },
    })
    .transform(html);
  return links.map(({ href, text }) => ({ href: decode(href), text: decode(text) }));
}

/** The parser hands out text as it was written. */
function decode(text: string): string {
  const characters: Record<string, string> = {
    lt: "<",
    gt: ">",
    quot: '"',
    "#x27": "'",
    "#39": "'",
    amp: "&",
  };
  return text.replace(/&([^;]*);/g, (whole, name: string) => characters[name] ?? whole);
}

function textOf(html: string, selector: string): string {
  let text = "";
  new HTMLRewriter().on(selector, { text: (chunk) => void (text += chunk.text) }).transform(html);
  return decode(text);
}

function expectNothingForeign(html: string): void {
  const foreign: string[] = [];
  let scripts = 0;
  new HTMLRewriter()
    .on("*", {
      element: (element) => {
        if (element.tagName === "script") scripts += 1;
        if (!ELEMENTS.has(element.tagName)) foreign.push(element.tagName);
        for (const [name] of element.attributes) if (!ATTRIBUTES.has(name)) foreign.push(name);
      },
      comments: ({ text }) => void foreign.push(text),
    })
    .transform(html);
  expect(foreign).toEqual([]);
  expect(scripts).toBe(1);
}

function manyRows(total: number): ListingPage["rows"] {
  return Array.from({ length: total }, (_, index) => makeRow(`file${index}.txt`));
}

describe("renderListingHtml()", () => {
  test.each(HOSTILE_NAMES.map((name) => [name]))(
    "keeps a file called %j from being markup",
    (name) => {
      const html = renderListingHtml(makePage([makeRow(name)]));
      expectNothingForeign(html);
      const [link, ...others] = linksOf(html, "#rows a");
      expect(others).toEqual([]);
      expect(link?.text).toBe(visibleText(name));
      expect(decodeURIComponent((link?.href ?? "").replace(/^\.\//, ""))).toBe(name);
    },
  );

  test.each(HOSTILE_NAMES.map((name) => [name]))(
    "keeps a directory called %j from being markup",
    (name) => {
      const html = renderListingHtml(makePage([makeRow(`${name}/`)], [name, "below"]));
      expectNothingForeign(html);
      const [link] = linksOf(html, "#rows a");
      expect(link?.text).toBe(`${visibleText(name)}/`);
      expect(decodeURIComponent((link?.href ?? "").replace(/^\.\/|\/$/g, ""))).toBe(name);
      expect(textOf(html, "title")).toBe(`Index of /${visibleText(name)}/below/`);
      expect(linksOf(html, "h1 a").at(-1)).toEqual({
        href: "../",
        text: visibleText(name),
      });
    },
  );

  test("has every hostile name on one page, each in its row", () => {
    const html = renderListingHtml(makePage(HOSTILE_NAMES.map((name) => makeRow(name))));
    expectNothingForeign(html);
    expect(linksOf(html, "#rows tr td:first-child a").map(({ text }) => text)).toEqual(
      HOSTILE_NAMES.map(visibleText),
    );
  });

  test("has nothing inline that a strict policy would have to allow", () => {
    const html = renderListingHtml(makePage([makeRow("a.txt")]));
    expect(html).not.toMatch(/<style| style=| on[a-z]+=|<script>|javascript:/);
  });

  // The ETag is of these bytes: a page that told the time would never be 304.
  test("is the same whenever it is rendered", () => {
    const page = makePage(manyRows(3));
    expect(renderListingHtml(page)).toBe(renderListingHtml(structuredClone(page)));
  });

  test.each<[Partial<ListingQuery>, readonly string[], string]>([
    [
      {},
      ["?sort=name&order=desc", "?sort=size&order=desc", "?sort=time&order=desc"],
      "Name ascending",
    ],
    [
      { order: "desc" },
      ["./", "?sort=size&order=desc", "?sort=time&order=desc"],
      "Name descending",
    ],
    [
      { sort: "size", order: "desc" },
      ["./", "?sort=size&order=asc", "?sort=time&order=desc"],
      "Size descending",
    ],
    [
      { sort: "time", order: "asc" },
      ["./", "?sort=size&order=desc", "?sort=time&order=desc"],
      "Modified ascending",
    ],
  ])("sorted by %j, the heads lead to %j", (query, hrefs, sorted) => {
    const html = renderListingHtml(makePage(manyRows(1), [], query));
    expect(linksOf(html, "thead th[scope=col] a").map(({ href }) => href)).toEqual([...hrefs]);
    const states: string[] = [];
    new HTMLRewriter()
      .on("th[aria-sort]", {
        element: (th) => void states.push(th.getAttribute("aria-sort") ?? ""),
      })
      .transform(html);
    expect(states.map((state) => `${textOf(html, "th[aria-sort]")} ${state}`)).toEqual([sorted]);
  });

  test("E5 has an element for the middle of a path, which is cut first", () => {
    const crumbs = (segments: readonly string[]) => {
      const html = renderListingHtml(makePage([], segments));
      return [textOf(html, ".between"), textOf(html, "h1")];
    };
    expect(crumbs([])).toEqual(["", "Index"]);
    expect(crumbs(["a"])).toEqual(["", "Index/a"]);
    expect(crumbs(["a", "b"])).toEqual(["a", "Index/a/b"]);
    expect(crumbs(["a", "b", "c", "d"])).toEqual(["a/b/c", "Index/a/b/c/d"]);
  });

  test("links every ancestor, the parent and, at the root, neither", () => {
    const html = renderListingHtml(makePage([], ["a", "b c", "d"]));
    expect(linksOf(html, "nav h1 a")).toEqual([
      { href: "../../../", text: "Index" },
      { href: "../../", text: "a" },
      { href: "../", text: "b c" },
    ]);
    expect(textOf(html, "[aria-current=page] bdi")).toBe("d");
    expect(linksOf(html, "a#up")).toEqual([{ href: "../", text: ".." }]);
    const root = renderListingHtml(makePage([]));
    expect(linksOf(root, "nav h1 a").concat(linksOf(root, "#up"))).toEqual([]);
  });

  test("shows the size for people and exactly, and the time in two forms", () => {
    const html = renderListingHtml(makePage([makeRow("a.bin", 1_843_201), makeRow("b/")]));
    expect(html).toContain('<td title="1,843,201 bytes">1.8 MB</td>');
    expect(html).toContain(
      '<td></td><td><time datetime="2026-01-02 03:04:05Z">2026-01-02 03:04</time></td>',
    );
  });

  test("shows nothing for what could not be read", () => {
    const gone = { name: "gone", kind: "file", bytes: undefined, modifiedMs: undefined } as const;
    expect(renderListingHtml(makePage([gone]))).toContain("</a></td><td></td><td></td></tr>");
  });

  test.each([
    [["a/", "b/", "c"], "2 directories, 1 file, 12 B"],
    [["a/"], "1 directory, 0 files"],
    [["c", "d"], "2 files, 24 B"],
    [[], "0 files"],
  ])("counts %j", (names, wanted) => {
    const html = renderListingHtml(makePage(names.map((name) => makeRow(name))));
    expect(textOf(html, ".counts")).toBe(wanted);
    expect(html.includes("This directory is empty.")).toBe(names.length === 0);
    expect(html.includes("?archive=")).toBe(names.length > 0);
  });

  test.each([
    [3, 3000, "3 of 3,000 match"],
    [1, 3, "1 of 3 matches"],
    [1500, 1500, "1,500 of 1,500 match"],
    [0, 3, "No match of 3"],
  ])("E6 of a filter counts %d of %d", (count, unfiltered, wanted) => {
    const filter = '"><b>&amp;';
    const html = renderListingHtml({
      ...makePage(manyRows(count), [], { filter, sort: "size" }),
      unfiltered,
    });
    expectNothingForeign(html);
    expect(textOf(html, ".counts")).toBe(wanted);
    expect(html.includes("No name has this text in it.")).toBe(count === 0);
    expect(linksOf(html, "#all")).toEqual([{ href: "?sort=size&order=asc", text: "Show all" }]);
    const fields: (string | null)[][] = [];
    new HTMLRewriter()
      .on("form input", {
        element: (input) =>
          void fields.push([input.getAttribute("name"), decode(input.getAttribute("value") ?? "")]),
      })
      .transform(html);
    expect(fields).toEqual([
      ["sort", "size"],
      ["order", "asc"],
      ["filter", filter],
    ]);
    const pages = linksOf(html, ".pager a").map(({ href }) =>
      new URL(href, "http://h/").searchParams.get("filter"),
    );
    expect(pages).toEqual(pages.map(() => filter));
  });

  test("spends six elements on a row, and seven if its name may be cut", () => {
    const elementsOf = (name: string) => {
      let count = 0;
      const html = renderListingHtml(makePage([makeRow(name, 5000)]));
      new HTMLRewriter().on("#rows *", { element: () => void count++ }).transform(html);
      return count;
    };
    expect(elementsOf("a.txt")).toBe(6);
    expect(elementsOf(`${"a".repeat(60)}.txt`)).toBe(7);
  });

  test.each([
    ["a.txt", "text"],
    ["a.bin", undefined],
    ["a/", "directory"],
    [`${"a".repeat(60)}.bin`, "other long"],
  ])("says the kind of %s by the class %p", (name, wanted) => {
    const classes: (string | undefined)[] = [];
    new HTMLRewriter()
      .on("#rows a", { element: (a) => void classes.push(a.getAttribute("class") ?? undefined) })
      .transform(renderListingHtml(makePage([makeRow(name)])));
    expect(classes).toEqual([wanted]);
  });

  test("E9 has a long name whole in its title", () => {
    const name = `<b>"${"x".repeat(60)}".txt`;
    const titles: string[] = [];
    new HTMLRewriter()
      .on("#rows a", { element: (a) => void titles.push(decode(a.getAttribute("title") ?? "")) })
      .transform(renderListingHtml(makePage([makeRow(name)])));
    expect(titles).toEqual([name]);
  });

  test.each<[readonly number[], string]>([
    [[0], "narrow"],
    [[46, 5], "narrow"],
    [[5, 47], ""],
    [[68], ""],
    [[5, 69, 3], "broad"],
    [[90], "broad"],
    [[5, 91, 3], "wide"],
  ])("of names of %j characters is as wide as they need: %j", (lengths, wanted) => {
    const rows = lengths.map((length) => makeRow("x".repeat(length)));
    const html = renderListingHtml(makePage(rows));
    expect(html).toContain(wanted === "" ? "<main>" : `<main class="${wanted}">`);
    const readme = { name: "README.md", html: "" };
    const described = renderListingHtml({ ...makePage(rows), readme });
    const isWider = wanted === "broad" || wanted === "wide";
    expect(described).toContain(isWider ? `<main class="${wanted}">` : "<main>");
  });

  test("E10 takes order and view into directories, and not to files", () => {
    const rows = [makeRow("a?b/"), makeRow("c.txt")];
    const page = makePage(rows, ["x", "y"], {
      sort: "size",
      order: "desc",
      view: "grid",
      filter: "c",
    });
    const travels = "?sort=size&order=desc&view=grid";
    const html = renderListingHtml(page);
    expect(linksOf(html, "#rows a").map(({ href }) => href)).toEqual([
      `./a%3Fb/${travels}`,
      "./c.txt",
    ]);
    expect(linksOf(html, "#up")).toEqual([{ href: `../${travels}`, text: ".." }]);
    expect(linksOf(html, "h1 a").map(({ href }) => href)).toEqual([
      `../../${travels}`,
      `../${travels}`,
    ]);
  });

  test("has a pager only where there are more pages than one", () => {
    expect(linksOf(renderListingHtml(makePage(manyRows(1000))), ".pager a")).toEqual([]);
    const html = renderListingHtml(
      makePage(manyRows(2500), [], { sort: "size", order: "asc", page: 2 }),
    );
    expect(textOf(html, ".pager p")).toBe("1,001–2,000 of 2,500".repeat(2));
    expect(linksOf(html, 'nav[aria-label="Pages"] a')).toEqual([
      { href: "?sort=size&order=asc", text: "First" },
      { href: "?sort=size&order=asc", text: "Previous" },
      { href: "?sort=size&order=asc&page=3", text: "Next" },
      { href: "?sort=size&order=asc&page=3", text: "Last" },
    ]);
    const last = renderListingHtml(makePage(manyRows(2500), [], { page: 3 }));
    expect(textOf(last, ".pager p")).toBe("2,001–2,500 of 2,500".repeat(2));
    expect(linksOf(last, ".pager a").map(({ text }) => text)).toEqual([
      "First",
      "Previous",
      "First",
      "Previous",
    ]);
  });

  test("links to the test page and to REST", () => {
    expect(linksOf(renderListingHtml(makePage([])), "footer a").map(({ href }) => href)).toEqual([
      "./test.html",
      "./rest",
    ]);
  });

  test("stays small: 5,000 entries in pages of 1,000 below 60 KB, 50 with style and script below 12", () => {
    const pages = [1, 2, 3, 4, 5].map((page) =>
      renderListingHtml(makePage(manyRows(5000), [], { page })),
    );
    const bytes = pages.reduce((sum, html) => sum + Bun.gzipSync(html).length, 0);
    expect(bytes).toBeLessThan(60_000);
    const assets = [...RESERVED_ASSETS].filter(([path]) => path.startsWith("/.meerkat/index"));
    const all = [renderListingHtml(makePage(manyRows(50))), ...assets.map(([, { text }]) => text)];
    const wire = all.reduce((sum, text) => sum + Bun.gzipSync(text).length, 0);
    expect(wire).toBeLessThan(12_000);
  });
});

test("renderListingHtml() offers the directory as an archive, at whatever page and order", () => {
  for (const query of [{}, { sort: "size", order: "desc", page: 2 }] as const) {
    const html = renderListingHtml(makePage([makeRow("a.txt")], ["photos"], query));
    const links = linksOf(html, "a.download");
    expect(links).toEqual([{ href: "?archive=tar.gz", text: "Download .tar.gz" }]);
  }
});
