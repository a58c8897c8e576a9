import { parseHttpDate } from "./date.ts";
import { matchesStrongly, matchesWeakly, parseEntityTags, type Validators } from "./validators.ts";

/** The header fields that make a request conditional: RFC 9110 §13.1. */
export interface PreconditionFields {
  readonly ifMatch: string | undefined;
  readonly ifUnmodifiedSince: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
}

/** The outcome of the preconditions of a GET or HEAD. */
export type PreconditionOutcome = "proceed" | "not-modified" | "precondition-failed";

/** The result of a condition: `true` if it holds, `undefined` if the field is absent. */
type Holds = boolean | undefined;

/** Evaluates the preconditions of a GET or HEAD in the order of RFC 9110 §13.2.2. */
export function evaluatePreconditions(
  fields: PreconditionFields,
  validators: Validators,
): PreconditionOutcome {
  // 1. If-Match or, only without it, 2. If-Unmodified-Since.
  const unchanged =
    holdsIfMatch(fields.ifMatch, validators) ??
    holdsIfUnmodifiedSince(fields.ifUnmodifiedSince, validators);
  if (unchanged === false) return "precondition-failed";
  // 3. If-None-Match or, only without it, 4. If-Modified-Since.
  const changed =
    holdsIfNoneMatch(fields.ifNoneMatch, validators) ??
    holdsIfModifiedSince(fields.ifModifiedSince, validators);
  return changed === false ? "not-modified" : "proceed";
}

/** RFC 9110 §13.1.1. A malformed list names no tag of ours, so the condition fails, which is safer. */
function holdsIfMatch(field: string | undefined, { etag }: Validators): Holds {
  if (field === undefined) return undefined;
  const tags = parseEntityTags(field);
  return tags === "*" || (tags ?? []).some((tag) => matchesStrongly(tag, etag));
}

/** RFC 9110 §13.1.4. */
function holdsIfUnmodifiedSince(field: string | undefined, { lastModifiedMs }: Validators): Holds {
  const since = dateOf(field);
  if (since === undefined || lastModifiedMs === undefined) return undefined;
  return lastModifiedMs <= since;
}

/** RFC 9110 §13.1.2. A malformed list names no tag of ours, so the answer has the content. */
function holdsIfNoneMatch(field: string | undefined, { etag }: Validators): Holds {
  if (field === undefined) return undefined;
  if (field === etag) return false; // what browsers send; it need not be parsed
  const tags = parseEntityTags(field);
  return tags !== "*" && !(tags ?? []).some((tag) => matchesWeakly(tag, etag));
}

/** RFC 9110 §13.1.3. */
function holdsIfModifiedSince(field: string | undefined, { lastModifiedMs }: Validators): Holds {
  const since = dateOf(field);
  if (since === undefined || lastModifiedMs === undefined) return undefined;
  return lastModifiedMs > since;
}

/** Parses a date; RFC 9110 has us ignore a malformed one. */
function dateOf(field: string | undefined): number | undefined {
  return field === undefined ? undefined : parseHttpDate(field);
}

/**
 * Tells whether a Range may be answered with a part (RFC 9110 §13.1.5): there is no If-Range, or it has
 * the current ETag. A date never counts: two states can share one, even long after, if a tool sets
 * the times of files.
 */
export function isRangeCurrent(ifRange: string | undefined, { etag }: Validators): boolean {
  return ifRange === undefined || matchesStrongly(ifRange.trim(), etag);
}
