import { parseHttpDate } from "./date.ts";
import { matchesStrongly, matchesWeakly, parseEntityTags, type Validators } from "./validators.ts";

/** The header fields that make a request conditional: RFC 9110 §13.1. */
export interface PreconditionFields {
  readonly ifMatch: string | undefined;
  readonly ifUnmodifiedSince: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
}

/** What the preconditions of a GET or HEAD come to. */
export type PreconditionOutcome = "proceed" | "not-modified" | "precondition-failed";

/** Whether a condition holds; absent is neither. */
type Holds = boolean | undefined;

/** Evaluates the preconditions of a GET or HEAD in the order of RFC 9110 §13.2.2. */
export function evaluatePreconditions(
  fields: PreconditionFields,
  validators: Validators,
): PreconditionOutcome {
  // 1. If-Match, and 2. only without it, If-Unmodified-Since.
  const unchanged =
    holdsIfMatch(fields.ifMatch, validators) ??
    holdsIfUnmodifiedSince(fields.ifUnmodifiedSince, validators);
  if (unchanged === false) return "precondition-failed";
  // 3. If-None-Match, and 4. only without it, If-Modified-Since.
  const changed =
    holdsIfNoneMatch(fields.ifNoneMatch, validators) ??
    holdsIfModifiedSince(fields.ifModifiedSince, validators);
  return changed === false ? "not-modified" : "proceed";
}

/** RFC 9110 §13.1.1. A list that cannot be read names no tag of ours: safer is to fail. */
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

/** RFC 9110 §13.1.2. A list that cannot be read names no tag of ours: the answer is the content. */
function holdsIfNoneMatch(field: string | undefined, { etag }: Validators): Holds {
  if (field === undefined) return undefined;
  const tags = parseEntityTags(field);
  return tags !== "*" && !(tags ?? []).some((tag) => matchesWeakly(tag, etag));
}

/** RFC 9110 §13.1.3. */
function holdsIfModifiedSince(field: string | undefined, { lastModifiedMs }: Validators): Holds {
  const since = dateOf(field);
  if (since === undefined || lastModifiedMs === undefined) return undefined;
  return lastModifiedMs > since;
}

/** A date that cannot be read is to be ignored, as if it were absent. */
function dateOf(field: string | undefined): number | undefined {
  return field === undefined ? undefined : parseHttpDate(field);
}

/**
 * Whether a Range may be answered as such (RFC 9110 §13.1.5): there is no If-Range, or it names the
 * very state of the representation that would be sent by its ETag. A date never does: two states
 * can share one, also long after, where a tool sets the times.
 */
export function isRangeCurrent(ifRange: string | undefined, { etag }: Validators): boolean {
  return ifRange === undefined || matchesStrongly(ifRange.trim(), etag);
}
