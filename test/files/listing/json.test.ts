import { describe, expect, test } from "bun:test";
import { JSON_PARTS, renderListingJson } from "../../../src/files/listing/json.ts";
import type { ListingRow } from "../../../src/files/root/directory-entry.ts";
import type { WholeHead } from "../../../src/files/listing/whole-parts.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { makePage, makeRow } from "./make-page.ts";

describe("renderListingJson()", () => {
  test("has the documented shape, to the letter", () => {
    const page = makePage([makeRow("b/"), makeRow("c.txt", 12)], ["a", "ä"]);
    expect(renderListingJson(page)).toBe(
      '{"path":"/a/ä/","sort":"name","order":"asc","page":1,"pages":1,"total":2,"directories":1,"files":1,' +
        '"entries":[{"name":"b","type":"directory","size":null,"modified":"2026-01-02T03:04:05.678Z","href":"./b/"},' +
        '{"name":"c.txt","type":"file","size":12,"modified":"2026-01-02T03:04:05.678Z","href":"./c.txt"}]}\n',
    );
  });

  test("E6 says what it is filtered by", () => {
    const page = makePage([makeRow("c.txt")], [], { filter: 'C."' });
    expect(JSON.parse(renderListingJson(page))).toMatchObject({ filter: 'C."', total: 1 });
    const head = { segments: [], ordered: undefined, filter: 'C."' };
    expect(JSON_PARTS.head(head)).toContain('"order":null,"filter":"C.\\"","page":1');
  });

  test("of an empty directory has no entries", () => {
    const listing = JSON.parse(renderListingJson(makePage([])));
    expect(listing).toMatchObject({ path: "/", page: 1, pages: 1, total: 0, entries: [] });
  });

  test("says which page of how many it is", () => {
    const rows = Array.from({ length: 2500 }, (_, index) => makeRow(`${index}`));
    const listing = JSON.parse(renderListingJson(makePage(rows, [], { page: 3, sort: "size" })));
    expect(listing).toMatchObject({ sort: "size", page: 3, pages: 3, total: 2500 });
    expect(listing.entries).toHaveLength(500);
  });

  test("has null for what could not be read, or is no date", () => {
    const rows = [
      { name: "gone", kind: "file", bytes: undefined, modifiedMs: undefined } as const,
      makeRow("far future", 0, 9.2e18),
    ];
    const { entries } = JSON.parse(renderListingJson(makePage(rows)));
    expect(entries).toMatchObject([
      { name: "gone", size: null, modified: null },
      { name: "far future", size: 0, modified: null },
    ]);
  });

  test("keeps hostile names as they are", () => {
    const { entries } = JSON.parse(
      renderListingJson(makePage(HOSTILE_NAMES.map((name) => makeRow(name)))),
    );
    expect(entries.map(({ name }: { name: string }) => name)).toEqual(HOSTILE_NAMES);
    for (const { name, href } of entries) expect(decodeURIComponent(href)).toBe(`./${name}`);
  });
});

describe("JSON_PARTS", () => {
  const BY_NAME = { sort: "name", order: "asc" } as const;
  const write = (parts: readonly (readonly ListingRow[])[], ordered: WholeHead["ordered"]) => {
    let before = 0;
    let text = JSON_PARTS.head({ segments: ["a", '"ä'], ordered, filter: undefined });
    for (const rows of parts) {
      text += JSON_PARTS.rows(rows, before);
      before += rows.length;
    }
    return text + JSON_PARTS.foot({ directories: 1, files: before - 1 });
  };
  const rows = [makeRow("b/"), makeRow("c.txt"), makeRow('"quote"')];

  test.each([
    ["one part", [rows]],
    ["several", [rows.slice(0, 1), rows.slice(1)]],
    ["some of them empty", [[], rows.slice(0, 2), [], rows.slice(2), []]],
  ])("make the same of %s as renderListingJson() at once", (_what, parts) => {
    expect(JSON.parse(write(parts, BY_NAME))).toEqual(
      JSON.parse(renderListingJson(makePage(rows, ["a", '"ä']))),
    );
    expect(write(parts, BY_NAME)).toEndWith("}\n");
  });

  test("say that the order is that of the directory", () => {
    expect(JSON.parse(write([rows], undefined))).toMatchObject({ sort: null, order: null });
  });

  test("of no entries are JSON", () => {
    expect(JSON.parse(write([[]], BY_NAME))).toMatchObject({ entries: [] });
  });
});
