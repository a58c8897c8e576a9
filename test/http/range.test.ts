import { describe, expect, test } from "bun:test";
import {
  formatContentRange,
  formatUnsatisfiedRange,
  selectRange,
  type RangeSelection,
} from "../../src/http/range.ts";

const SIZE = 100;
const WHOLE: RangeSelection = { kind: "whole" };
const NOTHING: RangeSelection = { kind: "unsatisfiable" };
const single = (first: number, last: number): RangeSelection => ({ kind: "single", first, last });
const multiple = (...ranges: [number, number][]): RangeSelection => ({
  kind: "multiple",
  ranges: ranges.map(([first, last]) => ({ first, last })),
});

const HUGE = "9".repeat(40);

describe("selectRange() (RFC 9110 §14.1.2, §14.2)", () => {
  test.each([
    [undefined, "no field"],
    ["", "nothing"],
    ["bytes", "no equals sign"],
    ["bytes=", "no range"],
    ["bytes=,", "empty elements only"],
    ["bytes=-", "neither first nor last"],
    ["bytes=--1", "two dashes"],
    ["bytes=1", "no dash"],
    ["bytes=1-2-3", "three numbers"],
    ["bytes=a-b", "no digits"],
    ["bytes=+1-2", "a sign"],
    ["bytes=1.0-2", "a fraction"],
    ["bytes=0x1-2", "hexadecimal"],
    ["bytes=1 -2", "a space inside"],
    ["bytes=5-2", "reversed"],
    [`bytes=${HUGE}1-${HUGE}`, "reversed beyond what numbers hold"],
    ["bytes=0-1,5-2", "one of two is reversed"],
    ["bytes=0-1,x", "one of two is no range"],
    ["bytes =0-1", "a space before the equals sign"],
    ["items=0-1", "another unit"],
    ["0-1", "no unit"],
    ["bytes=0-1;bytes=2-3", "another separator"],
    [`bytes=${"0-0,".repeat(65)}`, "more than 64 ranges"],
    [`bytes=0-0${" ".repeat(3000)}`, "a field longer than any has to be"],
    ["bytes=50-59,0-9", "out of order"],
    ["bytes=0-49,60-99,10-20", "out of order at the end"],
  ])("ignores %j: %s", (field) => {
    expect(selectRange(field, SIZE)).toEqual(WHOLE);
  });

  test.each([
    ["bytes=100-", "begins at the end"],
    ["bytes=100-200", "begins at the end, with a last"],
    [`bytes=${HUGE}-`, "beyond what numbers hold"],
    ["bytes=-0", "the last zero bytes"],
    ["bytes=100-,200-300", "none of several"],
  ])("has nothing for %s: it %s", (field) => {
    expect(selectRange(field, SIZE)).toEqual(NOTHING);
  });

  test.each(["bytes=0-", "bytes=0-0", "bytes=-1", "bytes=-5"])(
    "has nothing of an empty file for %s",
    (field) => {
      expect(selectRange(field, 0)).toEqual(NOTHING);
    },
  );

  test.each([
    ["bytes=0-0", single(0, 0)],
    ["bytes=0-", single(0, 99)],
    ["bytes=99-", single(99, 99)],
    ["bytes=10-19", single(10, 19)],
    ["bytes=10-1000", single(10, 99)],
    [`bytes=10-${HUGE}`, single(10, 99)],
    ["bytes=-1", single(99, 99)],
    ["bytes=-100", single(0, 99)],
    [`bytes=-${HUGE}`, single(0, 99)],
    ["bytes=007-0010", single(7, 10)],
    ["BYTES=1-2", single(1, 2)],
    ["bytes= 1-2 ", single(1, 2)],
    ["bytes=,1-2,,", single(1, 2)],
    ["bytes=1-2,200-", single(1, 2)],
    ["bytes=1-2,3-4", single(1, 4)],
    ["bytes=1-5,3-9", single(1, 9)],
    ["bytes=1-9,3-5", single(1, 9)],
    ["bytes=1-2,1-2", single(1, 2)],
  ])("reads %s as %j", (field, selection) => {
    expect(selectRange(field, SIZE)).toEqual(selection);
  });

  test.each([
    ["bytes=0-0,2-2", multiple([0, 0], [2, 2])],
    ["bytes=0-9, 20-29\t,-5", multiple([0, 9], [20, 29], [95, 99])],
    ["bytes=0-4,3-9,20-29", multiple([0, 9], [20, 29])],
  ])("reads %s as %j", (field, selection) => {
    expect(selectRange(field, SIZE)).toEqual(selection);
  });

  test("answers any field with ranges inside the file, in order and apart", () => {
    const alphabet = "0123456789-,= bytes";
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    for (let round = 0; round < 20_000; round++) {
      const text = Array.from({ length: random(14) }, () => alphabet[random(alphabet.length)]);
      const selection = selectRange(`bytes=${text.join("")}`, SIZE);
      const ranges =
        selection.kind === "single"
          ? [selection]
          : selection.kind === "multiple"
            ? selection.ranges
            : [];
      let end = -1;
      for (const { first, last } of ranges) {
        expect(first).toBeGreaterThan(end);
        expect(last).toBeGreaterThanOrEqual(first);
        expect(last).toBeLessThan(SIZE);
        end = last + 1;
      }
    }
  });
});

test("formatContentRange() and formatUnsatisfiedRange() (RFC 9110 §14.4)", () => {
  expect(formatContentRange({ first: 42, last: 1233 }, 1234)).toBe("bytes 42-1233/1234");
  expect(formatUnsatisfiedRange(1234)).toBe("bytes */1234");
});
