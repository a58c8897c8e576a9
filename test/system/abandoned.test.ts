import { expect, test } from "bun:test";
import { isAbandoned } from "../../src/system/abandoned.ts";

/** net/tcp_states.h */
const STATE = { established: 1, finWait1: 4, finWait2: 5, closeWait: 8, listen: 10 };

test.each([
  ["never sent a request to its end", STATE.established, 1000, 0, true],
  ["has only just come", STATE.established, 999, 0, false],
  ["was answered, as every WebSocket was", STATE.established, 1_000_000, 1, false],
  ["was told the end, with something still to take", STATE.finWait1, 1000, 5, true],
  ["was told the end and does not hang up", STATE.finWait2, 1000, 5, true],
  ["was told the end a moment ago", STATE.finWait2, 10, 5, false],
  ["has ended its half and may be waiting for an answer", STATE.closeWait, 5000, 0, false],
  ["is a listening socket", STATE.listen, 5000, 0, false],
])("isAbandoned(): one that %s", (_what, state, silentMs, segmentsSent, expected) => {
  expect(isAbandoned({ state, silentMs, segmentsSent })).toBe(expected);
});
