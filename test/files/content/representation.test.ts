import { describe, expect, test } from "bun:test";
import { openSync } from "node:fs";
import type { LargeFile, SmallFile } from "../../../src/files/root/document-root.ts";
import { Lease } from "../../../src/files/root/lease.ts";
import { passingSourceOf, representFile } from "../../../src/files/content/representation.ts";

const SECOND_NS = 1_000_000_000n;
const NOW_MS = Date.UTC(2026, 10, 27, 12, 0, 0, 300);
const NOW_NS = BigInt(NOW_MS) * 1_000_000n;
const HOUR_NS = 3600n * SECOND_NS;

/** The facts of a file that was modified and changed at these times. */
function factsOf(modifiedNs: bigint, changedNs: bigint, isSettled = true) {
  return {
    kind: "file",
    lookupPath: "/a.txt",
    bytes: 2_000_000,
    fingerprint: { device: 1n, inode: 2n, size: 2_000_000n, modifiedNs, changedNs },
    lookupMs: NOW_MS,
    isSettled,
    watched: [],
    encoding: "utf-8",
  } as const;
}

function large(modifiedNs: bigint, changedNs: bigint, isSettled = true): LargeFile {
  const lease = new Lease(openSync(import.meta.path, "r"), import.meta.path, () => {});
  return { ...factsOf(modifiedNs, changedNs, isSettled), content: undefined, lease };
}

function small(text: string, modifiedNs: bigint): SmallFile {
  return { ...factsOf(modifiedNs, NOW_NS), content: new TextEncoder().encode(text) };
}

const validatorsOf = (file: LargeFile | SmallFile) =>
  representFile(file, passingSourceOf(file), { name: "a.txt", fields: {} }).validators;

describe("the ETag of a file on disk", () => {
  const AT = NOW_NS - HOUR_NS;
  const tag = (modifiedNs: bigint, changedNs: bigint) =>
    validatorsOf(large(modifiedNs, changedNs)).etag;

  test("leaves ctime out where writing set both times: replicas agree", () => {
    expect(tag(AT, AT)).toBe(tag(AT, AT + 2n * SECOND_NS));
  });

  test.each([
    ["A3 a tool set mtime back", AT, NOW_NS, NOW_NS + 1n],
    ["A3 a tool set mtime ahead", NOW_NS + HOUR_NS, NOW_NS, NOW_NS + 1n],
  ])("has ctime in it where %s", (_why, modifiedNs, one, other) => {
    expect(tag(modifiedNs, one)).not.toBe(tag(modifiedNs, other));
  });

  test("is weak while another change could leave the times as they are", () => {
    expect(validatorsOf(large(AT, AT)).etag).toStartWith('"');
    expect(validatorsOf(large(AT, AT, false)).etag).toStartWith('W/"');
  });
});

describe("Last-Modified", () => {
  test.each([
    ["an hour ago", NOW_NS - HOUR_NS, NOW_MS - 3_600_300],
    ["A9 a moment ago", NOW_NS, NOW_MS - 1300],
    ["A9 in the year 2100", NOW_NS + 73n * 365n * 24n * HOUR_NS, NOW_MS - 1300],
    ["in 1970", 0n, undefined],
    ["a second later", SECOND_NS, undefined],
  ])("of a file modified %s is in whole seconds, one before the look at most", (_when, ns, ms) => {
    expect(validatorsOf(small("x", ns)).lastModifiedMs).toBe(ms);
    expect(validatorsOf(large(ns, NOW_NS)).lastModifiedMs).toBe(ms);
  });
});
