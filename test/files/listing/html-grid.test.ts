import { describe, expect, test } from "bun:test";
import { renderListingHtml } from "../../../src/files/listing/html.ts";
import { hasManyPictures, renderPicture } from "../../../src/files/listing/html-grid.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { makePage, makeRow } from "./make-page.ts";

const KIB = 1024;

describe("hasManyPictures()", () => {
  test.each([
    [[], false],
    [["photos/"], false],
    [["a.txt"], false],
    [["a.jpg", "b.txt", "c.txt"], false],
    [["a.jpg", "b.txt"], true],
    [["a.jpg", "a/", "b/", "c/"], true],
    [["a.HEIC", "b.svg", "c.mp4"], true],
  ])("of %j is %p", (names, expected) => {
    expect(hasManyPictures(names.map((name) => makeRow(name)))).toBe(expected);
  });
});

describe("renderPicture()", () => {
  test.each([
    ["a.jpg", 17 * KIB, "./a.jpg?thumbnail"],
    ["a.JPEG", 17 * KIB, "./a.JPEG?thumbnail"],
    ["a?#.png", 17 * KIB, "./a%3F%23.png?thumbnail"],
    ["small.jpg", 16 * KIB, "./small.jpg"],
    ["small.ico", 16 * KIB, "./small.ico"],
    ["drawing.svg", 900 * KIB, "./drawing.svg"],
    ["a.jpg", 0, undefined],
    ["a.avif", 17 * KIB, undefined],
    ["a.heic", 10, undefined],
    ["a.mp4", 10, undefined],
    ["a.jpg/", 10, undefined],
  ])("of %s with %d bytes is %p", (name, bytes, source) => {
    expect(/src="([^"]*)"/.exec(renderPicture(makeRow(name, bytes)))?.[1]).toBe(source as string);
  });

  test("of a file whose size is unknown is a thumbnail", () => {
    const row = { ...makeRow("a.jpg"), bytes: undefined };
    expect(renderPicture(row)).toContain("?thumbnail");
  });
});

describe("a grid", () => {
  const render = (names: readonly string[], query = {}) =>
    renderListingHtml(
      makePage(
        names.map((name) => makeRow(name)),
        ["a"],
        query,
      ),
    );
  const viewOf = (html: string) => /class="view" href="([^"]*)">(\w+)/.exec(html)?.slice(1);

  test("is offered where half of the files are pictures, and is left wherever one is", () => {
    expect(viewOf(render(["a.jpg", "b.txt"]))).toEqual(["?view=grid", "Grid"]);
    expect(viewOf(render(["a.jpg", "b.txt", "c.txt"]))).toBeUndefined();
    expect(viewOf(render(["c.txt"], { view: "grid" }))).toEqual(["./", "List"]);
  });

  test("keeps the order and the filter, and so do its links", () => {
    const query = { view: "grid", sort: "size", order: "desc", filter: "a" } as const;
    const html = render(["a.jpg", "below/"], query);
    expect(viewOf(html)).toEqual(["?sort=size&amp;order=desc&amp;filter=a", "List"]);
    expect(html).toContain('href="./below/?sort=size&amp;order=desc&amp;view=grid"');
    expect(html).toContain('href="?sort=time&amp;order=desc&amp;view=grid&amp;filter=a"');
  });

  test("has its own style and scripts, which a list has not", () => {
    expect(render(["a.jpg"])).not.toContain(".meerkat/grid");
    expect(render(["a.jpg"])).not.toContain("<dialog");
    const html = render(["a.jpg"], { view: "grid" });
    expect(html).toContain('<link rel="stylesheet" href="../.meerkat/grid.css">');
    expect(html).toContain('<dialog id="viewer"');
  });

  test.each(HOSTILE_NAMES)("shows the name %j as text", (name) => {
    const html = render([`${name}.jpg`], { view: "grid" });
    const elements = html.slice(
      html.indexOf('<tbody id="rows">'),
      html.indexOf("</tbody>\n</table>"),
    );
    const tags = Array.from(elements.matchAll(/<(\w+)/g), ([, tag = ""]) => tag);
    const allowed = ["tbody", "tr", "td", "a", "img", "span", "bdi", "time"];
    expect(tags.filter((tag) => !allowed.includes(tag))).toEqual([]);
    // Attributes have quotes around their values, so nothing in a name is one.
    const attributes = elements.replace(/"[^"<>]*"/g, '""').match(/<[^>]*>/g) ?? [];
    expect(attributes.filter((tag) => / on/.test(tag))).toEqual([]);
  });
});
