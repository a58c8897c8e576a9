import { expect, test } from "bun:test";
import { countWorkers, ONE_PROCESS } from "../../src/workers/worker-count.ts";

test.each([
  [1, "linux", 8, { kind: "one", notice: undefined }],
  ["auto", "linux", 1, { kind: "one", notice: undefined }],
  ["auto", "darwin", 1, { kind: "one", notice: undefined }],
  // Others would give all connections to one of them, so there is one, and somebody says so.
  [4, "darwin", 8, { kind: "one", notice: ONE_PROCESS }],
  [4, "win32", 8, { kind: "one", notice: ONE_PROCESS }],
  ["auto", "freebsd", 8, { kind: "one", notice: ONE_PROCESS }],
  [4, "linux", 1, { kind: "several", count: 4 }],
  ["auto", "linux", 8, { kind: "several", count: 8 }],
] as const)("countWorkers(%j) on %s with %i cores is %j", (wanted, platform, cores, expected) => {
  expect(countWorkers(wanted, { platform, cores })).toEqual(expected);
});
