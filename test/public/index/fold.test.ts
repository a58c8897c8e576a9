import { describe, expect, test } from "bun:test";
import { fold as foldInPage } from "../../../public/index/fold.js";
import { fold as foldInListing } from "../../../src/files/listing/fold.ts";

/** One rule in two places: what a page filters by itself, and what the server finds. */
describe.each([
  ["the listing", foldInListing],
  ["the page", foldInPage],
])("fold() of %s", (_, fold) => {
  test.each([
    ["", ""],
    ["README.md", "README.MD"],
    ["Résumé", "RESUME"],
    // The same letter in one character or two.
    ["e\u0301", "E"],
    ["ÄÖÜ", "AOU"],
    ["ﬁle", "FILE"],
    ["ФАЙЛ", "ФАИЛ"],
    ["straße", "STRASSE"],
    ["STRAẞE", "STRASSE"],
    ["ΟΔΟΣ οδος", "ΟΔΟΣ ΟΔΟΣ"],
    ["İıIi", "IIII"],
    ["１２Ａ", "12A"],
    // Marks of other scripts are letters to their readers.
    ["कि", "कि"],
    ["a.*b?", "A.*B?"],
    ["🦦", "🦦"],
    ["\ud800", "\ud800"],
  ])("of %j is %j", (text, wanted) => {
    expect(fold(text)).toBe(wanted);
  });
});
