import { describe, expect, test } from "bun:test";
import {
  disarm,
  makesManyCells,
  MAX_MARKDOWN_BYTES,
  renderMarkdown,
} from "../../../src/files/listing/markdown.ts";
import { HOSTILE_MARKDOWN } from "./hostile-markdown.ts";

/** What Markdown may become. */
const ELEMENTS = new Set(
  "p br hr em strong del code pre ul ol li blockquote table thead tbody tr th td a img input h2 h3 h4 h5 h6".split(
    " ",
  ),
);
const ATTRIBUTES = new Set(
  "start align title href src alt loading type disabled checked id".split(" "),
);

const BASE = "http://site.example/directory/";

/** As a browser does with the few references that there are. */
function decode(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#x27;", "'")
    .replaceAll("&amp;", "&");
}

/** Everything in it that a browser would do something with. */
function dangersIn(html: string): string[] {
  const dangers: string[] = [];
  new HTMLRewriter()
    .on("*", {
      element: (element) => {
        if (!ELEMENTS.has(element.tagName)) dangers.push(`<${element.tagName}>`);
        for (const [name, value] of element.attributes) {
          if (!ATTRIBUTES.has(name)) dangers.push(`${element.tagName} ${name}`);
          if (name === "id" && !value.startsWith("readme-")) dangers.push(`id ${value}`);
          if (name === "href") dangers.push(...dangersOf(value, ["http:", "https:", "mailto:"]));
          if (name !== "src") continue;
          dangers.push(...dangersOf(value, ["http:"]));
          if (!new URL(decode(value), BASE).href.startsWith("http://site.example/")) {
            dangers.push(`picture ${value}`);
          }
        }
      },
      comments: ({ text }) => void dangers.push(`<!--${text}-->`),
    })
    .onDocument({ doctype: () => void dangers.push("<!doctype>") })
    .transform(html);
  return dangers;
}

/** By the parser of addresses that browsers have, and by what a person would fear. */
function dangersOf(value: string, schemes: readonly string[]): string[] {
  const { protocol } = new URL(decode(value), BASE);
  const isRunning = !schemes.includes(protocol) || /&(?!amp;|#x27;)/.test(value);
  return isRunning ? [value] : [];
}

describe("renderMarkdown()", () => {
  test.each(HOSTILE_MARKDOWN.map((markdown) => [markdown]))("makes %j do nothing", (markdown) => {
    expect(dangersIn(renderMarkdown(markdown) ?? "")).toEqual([]);
  });

  test("makes all of it together do nothing", () => {
    expect(dangersIn(renderMarkdown(HOSTILE_MARKDOWN.join("\n\n")) ?? "")).toEqual([]);
    expect(dangersIn(renderMarkdown(HOSTILE_MARKDOWN.join("")) ?? "")).toEqual([]);
  });

  test("dangersIn() sees what it is there to see", () => {
    const html =
      '<script>x</script><p onclick="x"><a href="javascript:x"><img src="//evil.example/x"><h2 id="rows"><!-- x -->';
    expect(dangersIn(html)).toEqual([
      "<script>",
      "p onclick",
      "javascript:x",
      "picture //evil.example/x",
      "id rows",
      "<!-- x -->",
    ]);
  });

  test("never leaves a tag that it did not write, whatever is cut off or doubled", () => {
    const pieces = [
      "<",
      ">",
      '"',
      "'",
      "`",
      "[",
      "](",
      ")",
      "!",
      "&#60;",
      "\\",
      "javascript:",
      "\n",
      "a",
      "=",
      " ",
    ];
    let state = 7;
    const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
    for (let round = 0; round < 2000; round++) {
      const length = 1 + (next() % 24);
      const markdown = Array.from({ length }, () => pieces[next() % pieces.length]).join("");
      expect(dangersIn(renderMarkdown(markdown) ?? "")).toEqual([]);
    }
  });

  test.each([
    ["# Title", '<h2 id="readme-title">Title</h2>\n'],
    ["###### Deep", '<h6 id="readme-deep">Deep</h6>\n'],
    ["[x](#title)", '<p><a href="#readme-title">x</a></p>\n'],
    ["[x](it's.md)", '<p><a href="it&#x27;s.md">x</a></p>\n'],
    ["![x](it's.png)", '<p><img src="it&#x27;s.png" alt="x" loading="lazy"></p>\n'],
    // No scheme has an apostrophe, so this is a path.
    ["[x](java'script:y)", '<p><a href="java&#x27;script:y">x</a></p>\n'],
    ["[x](docs/a%20b.md?q=1&r=2)", '<p><a href="docs/a%20b.md?q=1&amp;r=2">x</a></p>\n'],
    ["[x](/abs)", '<p><a href="/abs">x</a></p>\n'],
    ["[x](../up/)", '<p><a href="../up/">x</a></p>\n'],
    ['[x](https://a.example "t")', '<p><a href="https://a.example" title="t">x</a></p>\n'],
    ["[x](javascript:y)", "<p><a>x</a></p>\n"],
    [
      "https://a.example/?b=c&d",
      '<p><a href="https://a.example/?b=c&amp;d">https://a.example/?b=c&amp;d</a></p>\n',
    ],
    ["me@a.example", '<p><a href="mailto:me@a.example">me@a.example</a></p>\n'],
    ["![a *b*](c.png)", '<p><img src="c.png" alt="a b" loading="lazy"></p>\n'],
    ["![](/c.png 't')", '<p><img src="/c.png" alt="" title="t" loading="lazy"></p>\n'],
    ["![build <ok>](https://a.example/b.svg)", "<p>build &lt;ok&gt;</p>\n"],
    ["a\\\nb", "<p>a<br>\nb</p>\n"],
    [
      "**a** *b* ~~c~~ `d<`",
      "<p><strong>a</strong> <em>b</em> <del>c</del> <code>d&lt;</code></p>\n",
    ],
    [
      "- [x] a\n- [ ] b",
      '<ul>\n<li><input type="checkbox" disabled checked>a</li>\n<li><input type="checkbox" disabled>b</li>\n</ul>\n',
    ],
    ["3. a", '<ol start="3">\n<li>a</li>\n</ol>\n'],
    ["```ts\na < b\n```", "<pre><code>a &lt; b\n</code></pre>\n"],
    [
      "|a|b|\n|:-|-:|\n|1|2|",
      '<table>\n<thead>\n<tr><th align="left">a</th><th align="right">b</th></tr>\n</thead>\n<tbody>\n<tr><td align="left">1</td><td align="right">2</td></tr>\n</tbody>\n</table>\n',
    ],
    ["> q\n\n***", "<blockquote>\n<p>q</p>\n</blockquote>\n<hr>\n"],
    ["<b>not bold</b>", "<p>&lt;b&gt;not bold&lt;/b&gt;</p>\n"],
    ["", ""],
  ])("renders %j", (markdown, html) => {
    expect(renderMarkdown(markdown)).toBe(html);
  });

  test("leaves out what a few marks would be blown up to", () => {
    expect(renderMarkdown(">".repeat(MAX_MARKDOWN_BYTES))).toBeUndefined();
    expect(renderMarkdown("a ".repeat(MAX_MARKDOWN_BYTES / 2))).toHaveLength(
      MAX_MARKDOWN_BYTES + 7,
    );
  });
});

describe("D2 makesManyCells()", () => {
  const table = (columns: number, rows: number, before = "") =>
    [`${before}${"|a".repeat(columns)}`, `${before}${"|-".repeat(columns)}`]
      .concat(Array.from({ length: rows }, () => `${before}|`))
      .join("\n");

  test.each(["", "> ", "- ", "1. > "])("sees a table after %j", (before) => {
    expect(makesManyCells(table(127, 1000, before))).toBe(true);
    expect(makesManyCells(table(5, 1000, before))).toBe(false);
  });

  test.each([
    table(127, 40_000).replaceAll("\n", "\r"),
    table(127, 40_000).replaceAll("\n", "\r\n"),
    table(20, 10_000).replaceAll("|-", "| :-: "),
  ])("sees one whatever its lines end with, and %#", (markdown) => {
    expect(makesManyCells(markdown)).toBe(true);
  });

  test.each([
    ["a text", "a | b\n".repeat(20_000)],
    ["code", "if (a || b) {\n}\n".repeat(5000)],
    ["a wide table of few rows", table(127, 300)],
    ["bars without an end", `${"|".repeat(128 * 1024)}a`],
  ])("leaves %s alone", (_, markdown) => {
    expect(makesManyCells(markdown)).toBe(false);
  });

  test("lets no table through that is longer than the HTML may be", () => {
    for (const columns of [1, 2, 3, 10, 60, 127, 128, 1000]) {
      const rows = 2 ** 19 / 10 / (columns + 1) - 10;
      const markdown = table(columns, Math.floor(rows));
      expect([columns, makesManyCells(markdown)]).toEqual([columns, false]);
      const html = Bun.markdown.html(markdown);
      expect(html.length).toBeLessThan(2 ** 22);
    }
  });
});

describe("disarm()", () => {
  test.each([
    ["<script>alert(1)</script>", "alert(1)"],
    ["<SCRIPT>x</SCRIPT>", "x"],
    ["<script", ""],
    ["<<script>script>x", "script>x"],
    ["<p", ""],
    ["<p onclick=x>y</p>", "<p>y</p>"],
    ['<p onclick="x">y</p>', "<p>y</p>"],
    ["<!-- x --><!doctype html><?php x ?><![CDATA[x]]>", ""],
    ["<style>x</style><iframe src=x></iframe><form><base href=x>", "x"],
    ["<svg><use href=x></svg><math></math>", ""],
    ["<constructor><__proto__><toString>", ""],
    ["<a-b><p-x><h7><h0><h><th1>", ""],
    ['<a href="x" href="javascript:y" onclick="z">', "<a>"],
    ["<a href='javascript:x'>", "<a>"],
    ["<a href=javascript:x>", "<a>"],
    ['<a href="java&#115;cript:x">', "<a>"],
    ['<a href="javascript&colon;x">', "<a>"],
    ['<a\nhref="javascript:x">', "<a>"],
    ['<a href="\u0001 javascript:x">', "<a>"],
    ['<a href="java\tscr\nipt:x">', "<a>"],
    ['<a href="x">y</a>', '<a href="x">y</a>'],
    ['<img src="x" onerror="y">', '<img src="x" loading="lazy">'],
    ["<img src=x onerror=y>", ""],
    ['<img src="//x/y" alt="&lt;words&gt;">', "&lt;words&gt;"],
    ['<img src="x" alt="<script>">', '<img src="x" loading="lazy">">'],
    ['<h1 id="rows" class="x">y</h1>', '<h2 id="readme-rows">y</h2>'],
    ['<input type="image" src="x" checked>', '<input type="checkbox" disabled checked>'],
    ['<td align="left" style="x">', '<td align="left">'],
  ])("makes %j %j", (html, wanted) => {
    expect(disarm(html)).toBe(wanted);
    expect(dangersIn(disarm(html))).toEqual([]);
  });

  test.each(HOSTILE_MARKDOWN.map((markdown) => [markdown]))("makes %j do nothing", (html) => {
    expect(dangersIn(disarm(html))).toEqual([]);
  });
});
