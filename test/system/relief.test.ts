import { describe, expect, test } from "bun:test";
import { isAbandoned, isIdle, relieve } from "../../src/system/relief.ts";
import type { TcpInfo } from "../../src/system/socket-calls.ts";

/** net/tcp_states.h */
const STATE = { established: 1, finWait1: 4, finWait2: 5, closeWait: 8, listen: 10 };

test.each([
  ["never sent a request to its end", STATE.established, 1000, 0, true],
  ["has only just come", STATE.established, 999, 0, false],
  ["was answered, as every WebSocket was", STATE.established, 1_000_000, 1, false],
  ["was told the end, with something still to take", STATE.finWait1, 1000, 5, true],
  ["was told the end and does not hang up", STATE.finWait2, 1000, 5, true],
  ["was told the end a moment ago, and has all", STATE.finWait2, 10, 5, true],
  ["was told the end a moment ago, and has not all", STATE.finWait1, 10, 5, false],
  ["has ended its half and may be waiting for an answer", STATE.closeWait, 5000, 0, false],
  ["is a listening socket", STATE.listen, 5000, 0, false],
])("isAbandoned(): one that %s", (_what, state, silentMs, segmentsSent, expected) => {
  expect(isAbandoned({ state, silentMs, segmentsSent })).toBe(expected);
});

/** A connection that was answered a minute ago, and has asked for nothing since. */
const IDLE: TcpInfo = {
  state: STATE.established,
  silentMs: 60_000,
  quietMs: 60_000,
  segmentsSent: 1,
  segmentsInFlight: 0,
  bytesUnsent: 0,
};

test.each([
  ["has its answer", {}, true],
  ["asked long ago, and was answered later", { quietMs: 5000 }, true],
  ["has asked and not been answered", { silentMs: 5000 }, false],
  ["was answered a moment ago", { quietMs: 499 }, false],
  ["was never answered", { segmentsSent: 0 }, false],
  ["still takes its answer", { segmentsInFlight: 1 }, false],
  ["reads nothing of its answer", { bytesUnsent: 1 }, false],
  ["has ended its half", { state: STATE.closeWait }, false],
])("isIdle(): one that %s", (_what, facts, expected) => {
  expect(isIdle({ ...IDLE, ...facts })).toBe(expected);
});

describe("D4 relieve()", () => {
  const STALLED: TcpInfo = { ...IDLE, bytesUnsent: 1 };
  const MARKS = { scarce: 4, critical: 6 };

  /** Relieves a process of these descriptors, of which those named are clients of WebSockets. */
  function shutOf(
    infos: readonly (TcpInfo | undefined)[],
    lasting: readonly number[] = [],
    unread: readonly number[] = [],
  ) {
    const shut: number[] = [];
    const calls = {
      tcpInfo: (descriptor: number) => infos[descriptor],
      hasUnread: (descriptor: number) => unread.includes(descriptor),
      remoteAddress: (port: number) => ({ address: "127.0.0.1", port }),
      shutdown: (descriptor: number) => void shut.push(descriptor),
    };
    const clients = () => lasting.map((port) => ({ address: "127.0.0.1", port }));
    const hasShut = relieve(calls, [...infos.keys()], MARKS, clients);
    expect(hasShut).toBe(shut.length > 0);
    return shut;
  }

  test("shuts all that nobody will miss, and no WebSocket", () => {
    const silent = { ...IDLE, segmentsSent: 0 };
    expect(shutOf([undefined, IDLE, silent, IDLE, STALLED], [3])).toEqual([1, 2]);
  });

  test("shuts nothing else below the critical mark", () => {
    expect(shutOf([undefined, ...Array<TcpInfo>(5).fill(STALLED)])).toEqual([]);
  });

  test("shuts those beyond it that stand still longest, down to the scarce mark", () => {
    const still = [60, 10, 30, 20, 50, 40].map((seconds) => ({
      ...STALLED,
      quietMs: seconds * 1000,
    }));
    // Of seven there are three too many; descriptor 5 is a WebSocket.
    expect(shutOf([undefined, ...still], [5])).toEqual([1, 6, 3]);
  });

  test("shuts none on which something has just happened", () => {
    const moving = { ...STALLED, quietMs: 99 };
    expect(shutOf([...Array<TcpInfo>(6).fill(moving), { ...STALLED, silentMs: 99 }])).toEqual([]);
  });

  test("shuts none that has just been accepted, however long it has waited for that", () => {
    const waited = { ...IDLE, silentMs: 2136, quietMs: 2136, segmentsSent: 0 };
    const crowd = Array<TcpInfo>(8).fill(waited);
    expect(shutOf(crowd, [], [0, 1, 2, 3, 4, 5, 6])).toEqual([7]);
  });

  test("leaves listening sockets and what is no socket alone", () => {
    const listener = { ...IDLE, state: STATE.listen, segmentsSent: 0 };
    expect(shutOf(Array<TcpInfo | undefined>(8).fill(undefined).fill(listener, 4))).toEqual([]);
  });
});
