import { describe, expect, test } from "bun:test";
import type { DirectoryEntry, ListingRow } from "../../../src/files/root/directory-entry.ts";
import {
  compareKeyed,
  keyByName,
  sortByMeasure,
  type SortOrder,
} from "../../../src/files/listing/order.ts";
import { compareNames } from "../../helpers/compare-names.ts";
import { finish } from "../../helpers/finish.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";

const file = (name: string): DirectoryEntry => ({ name, kind: "file" });

function row(name: string, bytes: number | undefined, modifiedMs: number | undefined): ListingRow {
  return { name, kind: bytes === undefined ? "directory" : "file", bytes, modifiedMs };
}

function namesOf(entries: readonly DirectoryEntry[]): string[] {
  return entries.map(({ name }) => name);
}

describe("compareKeyed()", () => {
  const ASCENDING: readonly (readonly string[])[] = [
    ["file1", "file2", "file10", "file100"],
    ["file", "file0", "file1"],
    ["file1.txt", "file2.txt", "file10.txt"],
    ["v1.2.9", "v1.2.10", "v1.10.0", "v2.0.0"],
    ["1", "1a", "2", "10", "a"],
    ["a1b2", "a1b10", "a2b1"],
    // More digits than a number holds exactly.
    ["9007199254740992", "9007199254740993", "90071992547409920"],
    // Leading zeros do not count, and yet tell names apart.
    ["file01", "file1", "file02", "file2", "file010"],
    ["0", "00", "1"],
    // Upper case is first only among names that read the same.
    ["A", "a", "B", "b"],
    ["Apple", "apple", "Banana", "cherry"],
    ["resume", "résumé", "resumes"],
    ["Äpfel", "apfelsine", "Birne"],
    ["e\u0301", "\u00e9"],
    ["ёж", "жук"],
    ["\uff11", "\uff12", "\uff11\uff10"],
    // Vowel signs are letters, not accents.
    ["कि", "कु"],
    ["a", "a b", "a-b", "a.b", "a1", "a_b", "ab"],
    ["README", "README.md"],
    ["", "a"],
  ];

  test.each(ASCENDING.map((names) => [names]))("orders %j", (names) => {
    expect(
      names
        .toReversed()
        .map(file)
        .map(keyByName)
        .toSorted(compareKeyed)
        .map(({ name }) => name),
    ).toEqual([...names]);
    expect(names.toReversed().toSorted(compareNames)).toEqual([...names]);
  });

  test("is a total order: antisymmetric, and zero for the same name only", () => {
    for (const a of HOSTILE_NAMES) {
      for (const b of HOSTILE_NAMES) {
        expect(Math.sign(compareNames(a, b))).toBe(-Math.sign(compareNames(b, a)) + 0);
        expect(compareNames(a, b) === 0).toBe(a === b);
      }
    }
  });
});

describe("sortByMeasure()", () => {
  const ROWS = [
    row("c", 5, 300),
    row("old", undefined, 100),
    row("a", 5, 200),
    row("new", undefined, 400),
    row("b", 70, 200),
    { name: "gone", kind: "file", bytes: undefined, modifiedMs: undefined } as const,
  ];

  test.each<["size" | "time", SortOrder, string]>([
    // Directories have no size, so they stay in the order of their names.
    ["size", "asc", "new old a c b gone"],
    ["size", "desc", "new old b a c gone"],
    ["time", "asc", "old new a b c gone"],
    ["time", "desc", "new old c a b gone"],
  ])("by %s, %s: %s", (key, order, wanted) => {
    const byName = ROWS.toSorted(
      (a, b) =>
        Number(a.kind === "file") - Number(b.kind === "file") || compareNames(a.name, b.name),
    );
    const measures = Float64Array.from(byName, ({ bytes, modifiedMs }) =>
      key === "size" ? (bytes ?? NaN) : (modifiedMs ?? NaN),
    );
    expect(namesOf(finish(sortByMeasure(byName, measures, order))).join(" ")).toBe(wanted);
  });
});
