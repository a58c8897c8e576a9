import { describe, expect, test } from "bun:test";
import { PLAIN_PARTS, renderListingPlain } from "../../../src/files/listing/plain.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { makePage, makeRow } from "./make-page.ts";

/** As lftp reads what comes after a link: `sscanf("%2d-%3s-%4d %2d:%2d %30s")`. */
const LFTP_LINE = /<\/a>\s*(\d{1,2})-(\S{3})-(\d{1,4})\s*(\d{1,2}):(\d{1,2})\s+([-\d]\S{0,29})$/;

describe("renderListingPlain()", () => {
  test("has a link an entry, with time and size, and nothing else", () => {
    const rows = [makeRow("b/"), makeRow("a b.txt", 1_843_201), makeRow("empty", 0)];
    expect(renderListingPlain(makePage(rows, ["x", "<y>"]))).toBe(
      `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Index of /x/&lt;y&gt;/</title></head><body><pre>
<a href="b/">b/</a> 02-Jan-2026 03:04 -
<a href="a%20b.txt">a b.txt</a> 02-Jan-2026 03:04 1843201
<a href="empty">empty</a> 02-Jan-2026 03:04 0
</pre></body></html>
`,
    );
  });

  test("of an empty directory has no link", () => {
    expect(renderListingPlain(makePage([]))).not.toContain("href");
  });

  test("has a dash for what could not be read, or is no date of four digits", () => {
    const rows = [
      { name: "gone", kind: "file", bytes: undefined, modifiedMs: undefined } as const,
      makeRow("far", 1, 9e14),
      makeRow("never", 1, 9e18),
    ];
    const lines = renderListingPlain(makePage(rows)).split("\n").slice(2, 5);
    expect(lines).toEqual([
      '<a href="gone">gone</a> - -',
      '<a href="far">far</a> - 1',
      '<a href="never">never</a> - 1',
    ]);
  });

  test("has one line for each hostile name, with a link that is one segment and leads there", () => {
    const html = renderListingPlain(makePage(HOSTILE_NAMES.map((name) => makeRow(name))));
    const lines = html.split(/[\n\r\v\f\x85\u2028\u2029]/).slice(2, -2);
    expect(lines).toHaveLength(HOSTILE_NAMES.length);
    lines.forEach((line, index) => {
      const [, href = ""] = /^<a href="([^"]*)">[^<>]*<\/a> /.exec(line) ?? [];
      expect(href).toMatch(/^[^/?#:<>"&\s\\]+$/);
      const url = new URL(href, "http://h/dir/");
      expect(decodeURIComponent(url.href)).toBe(`http://h/dir/${HOSTILE_NAMES[index]}`);
      expect(LFTP_LINE.exec(line)?.slice(1)).toEqual(["02", "Jan", "2026", "03", "04", "12"]);
    });
    expect(html).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
  });
});

test("PLAIN_PARTS make the same, bit by bit", () => {
  const rows = [makeRow("b/"), makeRow("c"), makeRow("d")];
  const { head, rows: part, foot } = PLAIN_PARTS;
  const bits = [
    head({ segments: ["x"], ordered: undefined, filter: undefined }),
    part(rows.slice(0, 2), 0),
    part(rows.slice(2), 2),
    foot({ directories: 1, files: 2 }),
  ];
  expect(bits.join("")).toBe(renderListingPlain(makePage(rows, ["x"])));
});
