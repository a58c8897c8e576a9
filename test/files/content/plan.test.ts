import { describe, expect, test } from "bun:test";
import {
  planRepresentation,
  type Plan,
  type PlannedRepresentation,
} from "../../../src/files/content/plan.ts";
import { RequestFields } from "../../../src/http/request-fields.ts";

const STATE: PlannedRepresentation = {
  bytes: 100,
  validators: { etag: '"v1"', lastModifiedMs: Date.UTC(2024, 0, 1) },
};
const WHOLE: Plan = { kind: "whole" };
const part = (first: number, last: number) => ({
  kind: "part",
  range: expect.objectContaining({ first, last }),
});

const parts = (...ranges: [first: number, last: number][]) => ({
  kind: "parts",
  ranges: ranges.map(([first, last]) => ({ first, last })),
});

describe("planRepresentation() (RFC 9110 §13.2.1, §14.2)", () => {
  test.each([
    ["GET", {}, WHOLE],
    ["HEAD", {}, WHOLE],
    ["GET", { Range: "bytes=0-9" }, part(0, 9)],
    ["HEAD", { Range: "bytes=0-9" }, WHOLE],
    ["HEAD", { Range: "bytes=100-" }, WHOLE],
    ["GET", { Range: "bytes=100-" }, { kind: "unsatisfiable" }],
    ["GET", { Range: "bytes=x" }, WHOLE],
    ["GET", { Range: "bytes=0-1,50-51" }, parts([0, 1], [50, 51])],
    // Preconditions come first.
    ["GET", { Range: "bytes=0-9", "If-None-Match": '"v1"' }, { kind: "not-modified" }],
    ["GET", { Range: "bytes=100-", "If-None-Match": '"v1"' }, { kind: "not-modified" }],
    ["GET", { Range: "bytes=0-9", "If-Match": '"v2"' }, { kind: "precondition-failed" }],
    // If-Range decides about the range alone.
    ["GET", { Range: "bytes=0-9", "If-Range": '"v1"' }, part(0, 9)],
    ["GET", { Range: "bytes=0-9", "If-Range": '"v2"' }, WHOLE],
    ["GET", { Range: "bytes=100-", "If-Range": '"v2"' }, WHOLE],
    ["GET", { "If-Range": '"v2"' }, WHOLE],
  ] as const)("%s with %j", (method, fields, plan) => {
    expect(planRepresentation(method, new RequestFields(new Headers(fields)), STATE)).toEqual(
      plan as Plan,
    );
  });
});

describe("planRepresentation() of several ranges", () => {
  const MEBIBYTE = 1024 * 1024;
  const LARGE = { ...STATE, bytes: 100 * MEBIBYTE };
  const plan = (range: string) =>
    planRepresentation("GET", new RequestFields(new Headers({ Range: range })), LARGE).kind;

  test.each([
    [`bytes=0-${2 * MEBIBYTE - 1},${4 * MEBIBYTE}-${6 * MEBIBYTE - 1}`, "parts"],
    [`bytes=0-${2 * MEBIBYTE - 1},${4 * MEBIBYTE}-${6 * MEBIBYTE}`, "whole"],
  ] as const)("takes 4 MiB in all, and is the whole beyond: %s", (range, kind) => {
    expect(plan(range)).toBe(kind);
  });
});
