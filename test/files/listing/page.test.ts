import { describe, expect, test } from "bun:test";
import {
  hrefOf,
  hrefOfAncestor,
  hrefOfQuery,
  pageBounds,
  parseListingQuery,
  travellingSearch,
  ROWS_PER_PAGE,
  type ListingQuery,
} from "../../../src/files/listing/page.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";

const DEFAULT: ListingQuery = {
  sort: "name",
  order: "asc",
  isOrdered: false,
  filter: undefined,
  view: "list",
  page: undefined,
  format: undefined,
};

describe("parseListingQuery()", () => {
  test.each<[string, Partial<ListingQuery>]>([
    ["?sort", {}],
    ["?sort=", {}],
    ["?sort=bytes", {}],
    ["?sort=Size", {}],
    ["?sort=%", {}],
    ["?sort=%ff&order=%00", {}],
    ["?sort=constructor&order=toString&format=__proto__", {}],
    ["?order=up", {}],
    ["?page=0", {}],
    ["?page=-1", {}],
    ["?page=01", {}],
    ["?page=1.5", {}],
    ["?page=1e3", {}],
    ["?page=0x10", {}],
    ["?page=+2", {}],
    ["?page=%202", {}],
    ["?page=NaN", {}],
    ["?page=Infinity", {}],
    // Beyond what is a safe integer, and beyond any directory.
    ["?page=99999999999999999999", {}],
    ["?format=xml", {}],
    ["???&&==", {}],
    [`?${"&sort".repeat(10_000)}`, {}],
    ["?filter", {}],
    ["?filter=", {}],
    // Of accents nothing is left to look for.
    ["?filter=%CC%81", {}],
    ["?filter=%ff", { filter: "\ufffd" }],
    ["?filter=+a%2Bb", { filter: " a+b" }],
    ["?filter=.*%5Bx%5D%5C", { filter: ".*[x]\\" }],
    ["?filter=%00%0a", { filter: "\0\n" }],
    [`?filter=${"a".repeat(5000)}`, { filter: "a".repeat(255) }],
    // Not cut in the middle of a character.
    [`?filter=${"a".repeat(254)}%F0%9F%A6%A6`, { filter: `${"a".repeat(254)}\ufffd` }],
    ["?view=table", {}],
    ["?view=list", {}],
    ["?view=grid", { view: "grid" }],
    ["", {}],
    ["?", {}],
    ["?sort=name", { isOrdered: true }],
    ["?order=desc", { order: "desc", isOrdered: true }],
    ["?sort=up&order=asc", { isOrdered: true }],
    ["?sort=size", { sort: "size", order: "desc", isOrdered: true }],
    ["?sort=time", { sort: "time", order: "desc", isOrdered: true }],
    ["?sort=time&order=up", { sort: "time", order: "desc", isOrdered: true }],
    ["?sort=size&order=asc", { sort: "size", isOrdered: true }],
    ["?page=1", { page: 1 }],
    ["?page=2", { page: 2 }],
    ["?page=999999999", { page: 999_999_999 }],
    ["?format=json", { format: "json" }],
    ["?format=text", { format: "text" }],
    ["?format=html", { format: "html" }],
    // The first one counts.
    ["?sort=size&sort=time", { sort: "size", order: "desc", isOrdered: true }],
    [
      "sort=size&order=desc&page=2&format=json&x=y",
      { sort: "size", order: "desc", isOrdered: true, page: 2, format: "json" },
    ],
  ])("%s", (search, wanted) => {
    expect(parseListingQuery(search)).toEqual({ ...DEFAULT, ...wanted });
  });
});

test("hrefOfQuery() makes what parseListingQuery() reads", () => {
  const filters = [undefined, "a", " ", "a&b=c", "#?%41+", '"<é', ...HOSTILE_NAMES];
  for (const sort of ["name", "size", "time"] as const) {
    for (const order of ["asc", "desc"] as const) {
      for (const page of [1, 2, 100]) {
        for (const filter of filters) {
          const asked = { sort, order, page, filter, view: page === 2 ? "grid" : "list" } as const;
          const { search } = new URL(hrefOfQuery(asked), "http://h/dir/?page=7");
          const query = parseListingQuery(search);
          expect({ ...query, page: query.page ?? 1 }).toMatchObject(asked);
        }
      }
    }
  }
});

test.each<[Partial<ListingQuery>, string, string]>([
  [{}, "./", ""],
  [{ filter: "a b" }, "?filter=a+b", ""],
  [{ page: 2 }, "?page=2", ""],
  [{ order: "desc" }, "?sort=name&order=desc", "?sort=name&order=desc"],
  [
    { sort: "size", order: "desc", page: 3 },
    "?sort=size&order=desc&page=3",
    "?sort=size&order=desc",
  ],
  [{ view: "grid", filter: "&" }, "?view=grid&filter=%26", "?view=grid"],
])("of %p the reference is %s, and what travels %j (E10)", (query, href, travels) => {
  const asked = { ...DEFAULT, page: 1, ...query };
  expect([hrefOfQuery({ ...asked, page: asked.page ?? 1 }), travellingSearch(asked)]).toEqual([
    href,
    travels,
  ]);
});

describe("pageBounds()", () => {
  const N = ROWS_PER_PAGE;

  test.each([
    [0, 1, { start: 0, end: 0, page: 1, pageCount: 1 }],
    [0, 9, { start: 0, end: 0, page: 1, pageCount: 1 }],
    [1, 1, { start: 0, end: 1, page: 1, pageCount: 1 }],
    [N - 1, 1, { start: 0, end: N - 1, page: 1, pageCount: 1 }],
    [N, 1, { start: 0, end: N, page: 1, pageCount: 1 }],
    [N, 2, { start: 0, end: N, page: 1, pageCount: 1 }],
    [N + 1, 1, { start: 0, end: N, page: 1, pageCount: 2 }],
    [N + 1, 2, { start: N, end: N + 1, page: 2, pageCount: 2 }],
    [N + 1, 3, { start: N, end: N + 1, page: 2, pageCount: 2 }],
    [N + 1, 0, { start: 0, end: N, page: 1, pageCount: 2 }],
    [N + 1, -5, { start: 0, end: N, page: 1, pageCount: 2 }],
    [100_000, 999_999_999, { start: 99_000, end: 100_000, page: 100, pageCount: 100 }],
  ])("of %d rows, page %d", (total, page, wanted) => {
    expect(pageBounds(total, page)).toEqual(wanted);
  });
});

describe("hrefOf() (RFC 3986 §4.2)", () => {
  test.each([
    ["javascript:alert(1)", "./javascript%3Aalert(1)"],
    ["a/b", "./a%2Fb"],
    ["a\\b", "./a%5Cb"],
    ["?x", "./%3Fx"],
    ["#y", "./%23y"],
    ["%41", "./%2541"],
    ["a b", "./a%20b"],
    ["..foo", "./..foo"],
    ["plain-1.2_3~.txt", "./plain-1.2_3~.txt"],
    // Bytes that are no UTF-8 cannot be named by a URL; what matters is that nothing throws.
    ["\ud800", "./%EF%BF%BD"],
  ])("of %s is %s", (name, href) => {
    expect(hrefOf({ name, kind: "file" })).toBe(href);
    expect(hrefOf({ name, kind: "directory" })).toBe(`${href}/`);
  });

  test.each(HOSTILE_NAMES.map((name) => [name]))(
    "of %j is one segment, and leads there",
    (name) => {
      expectOneSegment(name);
    },
  );

  test("of any name is one segment, and leads there", () => {
    const random = makeRandom(20260729);
    for (let round = 0; round < 5000; round += 1) expectOneSegment(randomName(random));
  });

  function expectOneSegment(name: string): void {
    const link = hrefOf({ name, kind: "file" });
    expect(link).toMatch(/^\.\/[^/?#:<>"&\s\\]+$/);
    const url = new URL(link, "http://h/dir/");
    expect(url.host).toBe("h");
    expect(url.search + url.hash).toBe("");
    expect(url.pathname).toStartWith("/dir/");
    expect(decodeURIComponent(url.pathname.slice("/dir/".length))).toBe(name);
    const directory = new URL(hrefOf({ name, kind: "directory" }), "http://h/dir/");
    expect(directory.href).toBe(`${url.href}/`);
  }
});

describe("hrefOfAncestor()", () => {
  test.each([
    [[], 0, 0, "./"],
    [["a"], 1, 0, "../"],
    [["a", "b"], 2, 0, "../../"],
    [["a", "b"], 2, 1, "../"],
    [["a", "b"], 2, 2, "./"],
    // As `/a//b/`, `/a/b//` and `//`: not every step up is a directory then.
    [["a", "b"], 3, 0, "../../../"],
    [["a", "b"], 3, 1, "../../../a/"],
    [["a:b", "c"], 3, 1, "../../../a%3Ab/"],
    [[], 1, 0, "../"],
  ])("of %j at depth %i for level %i is %s", (segments, depth, level, href) => {
    expect(hrefOfAncestor({ segments, depth }, level)).toBe(href);
  });

  test("stays on this host and below the prefix, whatever the segments", () => {
    for (const name of HOSTILE_NAMES) {
      const base = `http://h/prefix/${encodeURIComponent(name)}//b%20c/`;
      const page = { segments: [name, "b c"], depth: 3 };
      const [root, first] = [0, 1].map((level) => new URL(hrefOfAncestor(page, level), base).href);
      expect(root).toBe("http://h/prefix/");
      expect(first).toBe(`http://h/prefix/${encodeURIComponent(name)}/`);
    }
  });
});

/** The characters that mean something somewhere, and a few of every width. */
const ALPHABET = Array.from(
  "ab./\\:?#%&=+@;<>\"'`~ \t\r\n\u202e\u2028éф水🦦\x7f\x01",
  String,
).filter((character) => character !== "/");

/** The same names every time, so that a failure can be seen again (mulberry32). */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** As a file system has it: neither empty nor a dot segment. */
function randomName(random: () => number): string {
  const length = 1 + Math.floor(random() * 12);
  const pick = () => ALPHABET[Math.floor(random() * ALPHABET.length)] ?? "a";
  const name = Array.from({ length }, pick).join("");
  return name === "." || name === ".." ? `${name}x` : name;
}
