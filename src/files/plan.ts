import { evaluatePreconditions, isRangeCurrent } from "../http/preconditions.ts";
import { selectRange, type ByteRange } from "../http/range.ts";
import type { Representation } from "./representation.ts";

/** How a request for a representation is answered. */
export type Plan =
  | { readonly kind: "whole" }
  | { readonly kind: "part"; readonly range: ByteRange }
  | { readonly kind: "not-modified" }
  | { readonly kind: "precondition-failed" }
  | { readonly kind: "unsatisfiable" };

const WHOLE: Plan = { kind: "whole" };

/**
 * Decides the answer to a GET or HEAD: preconditions first (RFC 9110 §13.2.1), then the range,
 * which only GET has (§14.2) and only while If-Range holds (§13.1.5).
 */
export function planRepresentation(
  method: string,
  request: Headers,
  { validators, bytes }: Pick<Representation, "validators" | "bytes">,
): Plan {
  const outcome = evaluatePreconditions(preconditionFields(request), validators);
  if (outcome !== "proceed") return { kind: outcome };
  const range = request.get("range");
  if (range === null || method !== "GET") return WHOLE;
  if (!isRangeCurrent(request.get("if-range") ?? undefined, validators)) return WHOLE;
  return planRange(range, bytes);
}

function preconditionFields(request: Headers) {
  return {
    ifMatch: request.get("if-match") ?? undefined,
    ifUnmodifiedSince: request.get("if-unmodified-since") ?? undefined,
    ifNoneMatch: request.get("if-none-match") ?? undefined,
    ifModifiedSince: request.get("if-modified-since") ?? undefined,
  };
}

function planRange(field: string, bytes: number): Plan {
  const selection = selectRange(field, bytes);
  switch (selection.kind) {
    case "whole":
      return WHOLE;
    case "single":
      return { kind: "part", range: selection };
    case "multiple":
      // A server may answer several ranges with the whole (RFC 9110 §14.2).
      return WHOLE;
    case "unsatisfiable":
      return { kind: "unsatisfiable" };
    default:
      return selection satisfies never;
  }
}
