import { describe, expect, test } from "bun:test";
import { planRepresentation, type Plan } from "../../src/files/plan.ts";

const STATE = {
  bytes: 100,
  validators: { etag: '"v1"', lastModifiedMs: Date.UTC(2024, 0, 1) },
};
const WHOLE: Plan = { kind: "whole" };
const part = (first: number, last: number) => ({
  kind: "part",
  range: expect.objectContaining({ first, last }),
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
    // Several ranges may be answered with the whole.
    ["GET", { Range: "bytes=0-1,50-51" }, WHOLE],
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
    expect(planRepresentation(method, new Headers(fields), STATE)).toEqual(plan as Plan);
  });
});
