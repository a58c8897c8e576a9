import { describe, expect, test } from "bun:test";
import { NameOrder } from "../../../src/files/listing/name-order.ts";
import type { DirectoryEntry } from "../../../src/files/root/directory-entry.ts";
import type { SortOrder } from "../../../src/files/listing/order.ts";
import type { Sliced } from "../../../src/files/slices/sliced.ts";
import { compareNames } from "../../helpers/compare-names.ts";
import { finish } from "../../helpers/finish.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";

const file = (name: string): DirectoryEntry => ({ name, kind: "file" });
const directory = (name: string): DirectoryEntry => ({ name, kind: "directory" });

function namesOf(entries: readonly DirectoryEntry[]): string[] {
  return entries.map(({ name }) => name);
}

function sorted(entries: readonly DirectoryEntry[], order: SortOrder = "asc"): string[] {
  return namesOf(finish(finish(NameOrder.of(entries)).slice(0, entries.length, order)));
}

/** The numbers below the total as names, in a scattered order: 7919 is a prime. */
function scatter(total: number): DirectoryEntry[] {
  return Array.from({ length: total }, (_, index) => file(`${(index * 7919) % total}`));
}

function count<T>(work: Sliced<T>): { pieces: number; value: T } {
  for (let pieces = 1; ; pieces++) {
    const step = work.next();
    if (step.done === true) return { pieces, value: step.value };
  }
}

describe("NameOrder", () => {
  test("puts directories first in either order", () => {
    const entries = [file("b"), directory("z"), file("a"), directory("y")];
    expect(sorted(entries)).toEqual(["y", "z", "a", "b"]);
    expect(sorted(entries, "desc")).toEqual(["z", "y", "b", "a"]);
  });

  test("counts what there is", () => {
    const { total, directories } = finish(NameOrder.of([file("b"), directory("z"), file("a")]));
    expect({ total, directories }).toEqual({ total: 3, directories: 1 });
  });

  test("gives the same order whatever the order before", () => {
    const wanted = HOSTILE_NAMES.toSorted(compareNames);
    expect(sorted(HOSTILE_NAMES.map(file))).toEqual(wanted);
    expect(sorted(HOSTILE_NAMES.toReversed().map(file))).toEqual(wanted);
    expect(sorted(HOSTILE_NAMES.map(file), "desc")).toEqual(wanted.toReversed());
  });

  test("has slices that begin with directories and end with files", () => {
    const names = finish(NameOrder.of([file("b"), directory("z"), file("a"), directory("y")]));
    const at = (start: number, end: number, order: SortOrder) =>
      namesOf(finish(names.slice(start, end, order))).join(" ");
    expect(at(1, 3, "asc")).toBe("z a");
    expect(at(1, 3, "desc")).toBe("y b");
    expect(at(0, 1, "asc")).toBe("y");
    expect(at(3, 9, "asc")).toBe("b");
    expect(at(4, 4, "asc")).toBe("");
    expect(at(2, 4, "desc")).toBe("b a");
  });

  // Around the length from which on a segment is parted.
  test.each([0, 1, 2047, 2048, 2049, 5000])("sorts %d names", (total) => {
    const wanted = Array.from({ length: total }, (_, index) => String(index));
    expect(sorted(scatter(total))).toEqual(wanted);
    expect(sorted(scatter(total), "desc")).toEqual(wanted.toReversed());
  });

  test("sorts 100,000 names in many pieces, and a page of them in far fewer", () => {
    const entries = scatter(100_000);
    const page = count(finish(NameOrder.of(entries)).slice(5000, 6000, "asc"));
    expect(namesOf(page.value)).toEqual(Array.from({ length: 1000 }, (_, i) => String(5000 + i)));
    const all = count(finish(NameOrder.of(entries)).slice(0, 100_000, "asc"));
    expect(namesOf(all.value)).toEqual(entries.map((_, index) => String(index)));
    expect(all.pieces).toBeGreaterThan(400);
    expect(page.pieces).toBeLessThan(all.pieces / 2);
  });

  test("never sorts again what was looked at before", () => {
    const names = finish(NameOrder.of(scatter(20_000)));
    const first = count(names.slice(3000, 4000, "asc"));
    const again = count(names.slice(3000, 4000, "asc"));
    expect(first.pieces).toBeGreaterThan(20);
    expect(again).toEqual({ pieces: 1, value: first.value });
  });

  test("gives everybody the same who looks at the same time", () => {
    const names = finish(NameOrder.of(scatter(20_000)));
    const looks = [0, 500, 10_000, 19_000].map((start) => ({
      work: names.slice(start, start + 1000, "asc"),
      wanted: Array.from({ length: 1000 }, (_, index) => String(start + index)),
      found: undefined as string[] | undefined,
    }));
    while (looks.some(({ found }) => found === undefined)) {
      for (const look of looks.filter(({ found }) => found === undefined)) {
        const step = look.work.next();
        if (step.done === true) look.found = namesOf(step.value);
      }
    }
    for (const { found, wanted } of looks) expect(found).toEqual(wanted);
  });

  test("ends where many names are the same", () => {
    const entries = Array.from({ length: 5000 }, () => file("\ufffd"));
    expect(sorted([...entries, file("a"), file("\uffff")]).at(-1)).toBe("\uffff");
  });
});
