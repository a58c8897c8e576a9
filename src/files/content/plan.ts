import { evaluatePreconditions, isRangeCurrent } from "../../http/preconditions.ts";
import { selectRange, type ByteRange } from "../../http/range.ts";
import type { RequestFields } from "../../http/request-fields.ts";
import type { Representation } from "./representation.ts";

/** The kind of answer to a request for a representation. */
export type Plan =
  | { readonly kind: "whole" }
  | { readonly kind: "part"; readonly range: ByteRange }
  | { readonly kind: "parts"; readonly ranges: readonly ByteRange[] }
  | { readonly kind: "not-modified" }
  | { readonly kind: "precondition-failed" }
  | { readonly kind: "unsatisfiable" };

const WHOLE: Plan = { kind: "whole" };

/**
 * The most bytes of several ranges in one answer. It is made in memory, as Bun cannot stream an
 * answer of a known length (Bun: stream-no-length). Beyond the limit the answer is the whole file,
 * as a server may choose (RFC 9110 §14.2).
 */
const MAX_PARTS_BYTES = 4 * 1024 * 1024;

/** The facts about a representation on which the plan depends. */
export type PlannedRepresentation = Pick<Representation, "validators" | "bytes">;

/**
 * Decides the answer to a GET or HEAD: preconditions first (RFC 9110 §13.2.1), then the range,
 * which only GET has (§14.2) and only while If-Range holds (§13.1.5).
 */
export function planRepresentation(
  method: string,
  fields: RequestFields,
  representation: PlannedRepresentation,
): Plan {
  const { validators } = representation;
  const outcome = evaluatePreconditions(fields, validators);
  if (outcome !== "proceed") return { kind: outcome };
  const { range } = fields;
  if (range === undefined || method !== "GET") return WHOLE;
  if (!isRangeCurrent(fields.ifRange, validators)) return WHOLE;
  return planRange(range, representation);
}

function planRange(field: string, { bytes }: PlannedRepresentation): Plan {
  const selection = selectRange(field, bytes);
  switch (selection.kind) {
    case "whole":
      return WHOLE;
    case "single":
      return { kind: "part", range: selection };
    case "multiple":
      return totalBytes(selection.ranges) > MAX_PARTS_BYTES
        ? WHOLE
        : { kind: "parts", ranges: selection.ranges };
    case "unsatisfiable":
      return { kind: "unsatisfiable" };
    default:
      return selection satisfies never;
  }
}

/** Returns the length of all ranges together, in bytes. */
export function totalBytes(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}
