import { describe, expect, test } from "bun:test";
import { openSync } from "node:fs";
import { Lease } from "../../src/files/lease.ts";
import { planRepresentation, type Plan, type PlannedRepresentation } from "../../src/files/plan.ts";
import type { Source } from "../../src/files/representation.ts";
import { readFields } from "../../src/http/request-fields.ts";

const ON_DISK: Source = { kind: "lease", lease: new Lease(openSync(import.meta.path, "r"), "/") };

const STATE: PlannedRepresentation = {
  bytes: 100,
  source: ON_DISK,
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
    expect(planRepresentation(method, readFields(new Headers(fields)), STATE)).toEqual(
      plan as Plan,
    );
  });
});

describe("planRepresentation() of several ranges", () => {
  const MEBIBYTE = 1024 * 1024;
  const LARGE = { ...STATE, bytes: 100 * MEBIBYTE };
  const HALVES = `bytes=0-${MEBIBYTE / 2 - 1},${MEBIBYTE}-${1.5 * MEBIBYTE - 1}`;
  const MORE = `bytes=0-${MEBIBYTE / 2 - 1},${MEBIBYTE}-${1.5 * MEBIBYTE}`;
  const plan = (range: string, source: PlannedRepresentation["source"]) =>
    planRepresentation("GET", { range }, { ...LARGE, source }).kind;

  test("takes them from disk up to 1 MiB in all, and is the whole beyond", () => {
    expect(plan(HALVES, ON_DISK)).toBe("parts");
    expect(plan(MORE, ON_DISK)).toBe("whole");
  });

  test("takes them from memory whatever they come to", () => {
    expect(plan(MORE, { kind: "memory", body: new Blob() })).toBe("parts");
  });
});
