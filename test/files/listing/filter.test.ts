import { describe, expect, test } from "bun:test";
import { matcherOf, parseFilter } from "../../../src/files/listing/filter.ts";

const matches = (filter: string, name: string) =>
  matcherOf(filter)(
    name.endsWith("/") ? { name: name.slice(0, -1), kind: "directory" } : { name, kind: "file" },
  );

describe("matcherOf()", () => {
  test.each([
    // No character is a pattern.
    [".", "README", false],
    [".*", "README.md", false],
    ["[a-z]", "a", false],
    ["^a", "a", false],
    ["a|b", "a", false],
    ["(", "a(1).txt", true],
    ["\\", "a", false],
    ["$&", "$&.txt", true],
    ["%41", "A", false],
    [" ", "a b", true],
    [" ", "ab", false],
    // Case, accents and normal forms make no difference.
    ["readme", "README.md", true],
    ["résumé", "re\u0301sume\u0301.pdf", true],
    ["RE\u0301S", "résumé.pdf", true],
    ["resume", "Résumé.pdf", true],
    ["STRASSE", "straße", true],
    ["οδοσ", "ΟΔΟΣ", true],
    ["i", "İstanbul", true],
    ["файл", "ФАЙЛ.txt", true],
    ["写真", "写真.jpg", true],
    ["１２", "12.txt", true],
    ["🦦", "a🦦.txt", true],
    // A directory is shown with its slash.
    ["docs/", "docs/", true],
    ["docs/", "docs", false],
    ["/", "a", false],
    // What cannot be seen in a name is shown by something that can.
    ["gpj", "photo\u202egpj.exe", true],
    ["␊", "a\nb", true],
    ["a\nb", "a\nb", false],
    ["constructor", "a", false],
  ])("of %j and %j is %p", (filter, name, wanted) => {
    expect(matches(filter, name)).toBe(wanted);
  });
});

test.each([null, "", "\u0301"])("parseFilter() takes %j for none", (value) => {
  expect(parseFilter(value)).toBeUndefined();
});
