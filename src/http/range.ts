/** A range of bytes by its first and last one, both inclusive (RFC 9110 §14.1.2). */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The part that a Range field selects: the `whole` (also if the field is ignored), a `single` range,
 * `multiple` ranges in ascending order with gaps between them, or none (`unsatisfiable`).
 */
export type RangeSelection =
  | { readonly kind: "whole" }
  | ({ readonly kind: "single" } & ByteRange)
  | { readonly kind: "multiple"; readonly ranges: readonly ByteRange[] }
  | { readonly kind: "unsatisfiable" };

/** The most ranges in a field; clients ask for fewer at once: document readers for a few, zsync for 20. */
const MAX_RANGES = 64;

/** The longest field, in characters: enough for that many ranges. */
const MAX_FIELD_LENGTH = 2048;

const WHOLE: RangeSelection = { kind: "whole" };
const UNSATISFIABLE: RangeSelection = { kind: "unsatisfiable" };

/** RFC 9110 §14.1.1: range units are case-insensitive. */
const BYTES_UNIT = /^bytes=/i;

/** `first-last`, `first-` or `-suffix`. */
const RANGE_SPEC = /^(\d*)-(\d*)$/;

/**
 * Selects the ranges of a representation that a Range field asks for (RFC 9110 §14.1.2, §14.2).
 *
 * A malformed field is ignored as a whole. So is a field that asks for many ranges, or for ranges out
 * of order, which only attackers do (RFC 9110 §17.15).
 *
 * @param size of the representation, in bytes
 * @example selectRange("bytes=0-4", 10) // { kind: "single", first: 0, last: 4 }
 */
export function selectRange(field: string | undefined, size: number): RangeSelection {
  if (field === undefined || field.length > MAX_FIELD_LENGTH) return WHOLE;
  if (!BYTES_UNIT.test(field)) return WHOLE;
  const specs = splitList(field.slice("bytes=".length));
  if (specs.length === 0 || specs.length > MAX_RANGES) return WHOLE;
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const range = parseSpec(spec, size);
    if (range === "malformed") return WHOLE;
    if (range !== undefined) ranges.push(range);
  }
  return selectOf(ranges);
}

/** Splits a list at commas and drops empty elements: RFC 9110 §5.6.1. */
function splitList(list: string): string[] {
  return list
    .split(",")
    .map((element) => element.replace(/^[ \t]+|[ \t]+$/g, ""))
    .filter((element) => element !== "");
}

/** Parses one range; `undefined` if it lies outside the representation. */
function parseSpec(spec: string, size: number): ByteRange | "malformed" | undefined {
  const [, first = "", last = ""] = RANGE_SPEC.exec(spec) ?? [];
  if (first === "" && last === "") return "malformed";
  if (first === "") return suffixRange(Number(last), size);
  // Numbers beyond 2^53 lose digits but not their order, and are limited by the size below.
  if (last !== "" && isGreater(first, last)) return "malformed";
  if (Number(first) >= size) return undefined;
  return { first: Number(first), last: last === "" ? size - 1 : Math.min(Number(last), size - 1) };
}

function suffixRange(length: number, size: number): ByteRange | undefined {
  if (length === 0 || size === 0) return undefined;
  return { first: Math.max(size - length, 0), last: size - 1 };
}

/** Compares whole numbers of any length by their digits. */
function isGreater(one: string, other: string): boolean {
  const [a, b] = [one.replace(/^0+/, ""), other.replace(/^0+/, "")];
  return a.length === b.length ? a > b : a.length > b.length;
}

function selectOf(ranges: readonly ByteRange[]): RangeSelection {
  if (ranges.length === 0) return UNSATISFIABLE;
  const joined = joinRanges(ranges);
  const [first, second] = joined ?? [];
  if (joined === undefined || first === undefined) return WHOLE;
  if (second === undefined) return { kind: "single", ...first };
  return { kind: "multiple", ranges: joined };
}

/** Joins ranges that touch or overlap (RFC 9110 §14.2); `undefined` if they are out of order. */
function joinRanges(ranges: readonly ByteRange[]): ByteRange[] | undefined {
  const joined: ByteRange[] = [];
  for (const range of ranges) {
    const before = joined.at(-1);
    if (before !== undefined && range.first < before.first) return undefined;
    if (before === undefined || range.first > before.last + 1) joined.push(range);
    else joined[joined.length - 1] = { ...before, last: Math.max(before.last, range.last) };
  }
  return joined;
}

/** Formats the Content-Range of a 206: RFC 9110 §14.4. */
export function formatContentRange({ first, last }: ByteRange, size: number): string {
  return `bytes ${first}-${last}/${size}`;
}

/** Formats the Content-Range of a 416: RFC 9110 §14.4. */
export function formatUnsatisfiedRange(size: number): string {
  return `bytes */${size}`;
}
