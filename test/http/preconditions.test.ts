import { describe, expect, test } from "bun:test";
import {
  evaluatePreconditions,
  isRangeCurrent,
  type PreconditionFields,
  type PreconditionOutcome,
} from "../../src/http/preconditions.ts";
import type { Validators } from "../../src/http/validators.ts";

const MODIFIED = Date.UTC(2024, 1, 29, 12, 0, 0);
const CURRENT = "Thu, 29 Feb 2024 12:00:00 GMT";
const EARLIER = "Thu, 29 Feb 2024 11:59:59 GMT";
const LATER = "Thu, 29 Feb 2024 12:00:01 GMT";

const STATE: Validators = { etag: '"v1"', lastModifiedMs: MODIFIED };
const WEAK: Validators = { etag: 'W/"v1"', lastModifiedMs: MODIFIED };
const DATELESS: Validators = { etag: '"v1"', lastModifiedMs: undefined };

const NONE: PreconditionFields = {
  ifMatch: undefined,
  ifUnmodifiedSince: undefined,
  ifNoneMatch: undefined,
  ifModifiedSince: undefined,
};

type Row = readonly [fields: Partial<PreconditionFields>, Validators, PreconditionOutcome];

describe("evaluatePreconditions() (RFC 9110 §13.2.2)", () => {
  const ROWS: readonly Row[] = [
    [{}, STATE, "proceed"],
    // §13.1.1
    [{ ifMatch: "" }, STATE, "precondition-failed"],
    [{ ifMatch: "v1" }, STATE, "precondition-failed"],
    [{ ifMatch: '"v1"' }, STATE, "proceed"],
    [{ ifMatch: '"v0", "v1"' }, STATE, "proceed"],
    [{ ifMatch: "*" }, STATE, "proceed"],
    [{ ifMatch: 'W/"v1"' }, STATE, "precondition-failed"],
    [{ ifMatch: 'W/"v1"' }, WEAK, "precondition-failed"],
    [{ ifMatch: '"v2"' }, STATE, "precondition-failed"],
    // §13.1.2
    [{ ifNoneMatch: "" }, STATE, "proceed"],
    [{ ifNoneMatch: "v1" }, STATE, "proceed"],
    [{ ifNoneMatch: '"v1"' }, STATE, "not-modified"],
    [{ ifNoneMatch: 'W/"v1"' }, STATE, "not-modified"],
    [{ ifNoneMatch: '"v1"' }, WEAK, "not-modified"],
    [{ ifNoneMatch: '"v0", "v1"' }, STATE, "not-modified"],
    [{ ifNoneMatch: "*" }, STATE, "not-modified"],
    [{ ifNoneMatch: '"v2"' }, STATE, "proceed"],
    // §13.1.3
    [{ ifModifiedSince: "soon" }, STATE, "proceed"],
    [{ ifModifiedSince: CURRENT }, STATE, "not-modified"],
    [{ ifModifiedSince: LATER }, STATE, "not-modified"],
    [{ ifModifiedSince: EARLIER }, STATE, "proceed"],
    [{ ifModifiedSince: LATER }, DATELESS, "proceed"],
    [{ ifNoneMatch: '"v2"', ifModifiedSince: LATER }, STATE, "proceed"],
    [{ ifNoneMatch: '"v1"', ifModifiedSince: EARLIER }, STATE, "not-modified"],
    // §13.1.4
    [{ ifUnmodifiedSince: "soon" }, STATE, "proceed"],
    [{ ifUnmodifiedSince: CURRENT }, STATE, "proceed"],
    [{ ifUnmodifiedSince: LATER }, STATE, "proceed"],
    [{ ifUnmodifiedSince: EARLIER }, STATE, "precondition-failed"],
    [{ ifUnmodifiedSince: EARLIER }, DATELESS, "proceed"],
    [{ ifMatch: '"v1"', ifUnmodifiedSince: EARLIER }, STATE, "proceed"],
    [{ ifMatch: '"v2"', ifUnmodifiedSince: LATER }, STATE, "precondition-failed"],
    // The order: what must not be changed is looked at before what may be left out.
    [{ ifMatch: '"v2"', ifNoneMatch: '"v1"' }, STATE, "precondition-failed"],
    [{ ifMatch: '"v1"', ifNoneMatch: '"v1"' }, STATE, "not-modified"],
    [{ ifUnmodifiedSince: CURRENT, ifModifiedSince: CURRENT }, STATE, "not-modified"],
  ];

  test.each(ROWS)("%j against %j: %s", (fields, validators, outcome) => {
    expect(evaluatePreconditions({ ...NONE, ...fields }, validators)).toBe(outcome);
  });
});

describe("isRangeCurrent() (RFC 9110 §13.1.5)", () => {
  const ROWS: readonly (readonly [string | undefined, Validators, boolean])[] = [
    [undefined, STATE, true],
    ["", STATE, false],
    ["*", STATE, false],
    ["v1", STATE, false],
    ['"v1"', STATE, true],
    [' "v1" ', STATE, true],
    ['W/"v1"', STATE, false],
    ['W/"v1"', WEAK, false],
    ['"v1"', WEAK, false],
    ['"v2"', STATE, false],
    ['"v1", "v2"', STATE, false],
    // A date is never current, as two states may share it (A3).
    [CURRENT, STATE, false],
    ["Thursday, 29-Feb-24 12:00:00 GMT", STATE, false],
    [EARLIER, STATE, false],
    [LATER, STATE, false],
    [CURRENT, DATELESS, false],
    ["soon", DATELESS, false],
  ];

  test.each(ROWS)("%j against %j: %p", (ifRange, validators, current) => {
    expect(isRangeCurrent(ifRange, validators)).toBe(current);
  });
});
