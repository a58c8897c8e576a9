import { expect, test } from "bun:test";
import { judgeClient } from "../../src/system/stranded.ts";

/** A minute after the request, with nothing on its way. */
const ELAPSED_MS = 60_000;
const QUIET = { silentMs: 60_000, quietMs: 1000, segmentsInFlight: 0, bytesUnsent: 0 };

test.each([
  ["all of the answer is there, and nothing was asked since", {}, "stranded"],
  ["the kernel's clock lags a little", { silentMs: 59_981 }, "stranded"],
  ["it asked for something else since", { silentMs: 59_000 }, "content"],
  ["it asked, and that answer is on its way", { silentMs: 5, segmentsInFlight: 3 }, "content"],
  ["some of it is on its way", { segmentsInFlight: 1 }, "busy"],
  ["it reads slowly, and some is in the kernel", { bytesUnsent: 1 }, "busy"],
  ["it reads slowly, and Bun may hold some", { quietMs: 499 }, "busy"],
])("judgeClient(): %s, %j: %s", (_what, facts, expected) => {
  expect(judgeClient({ ...QUIET, ...facts }, ELAPSED_MS)).toBe(
    expected as ReturnType<typeof judgeClient>,
  );
});
