import { describe, expect, test } from "bun:test";
import { toMessage } from "../../../public/workbench/message.js";
import {
  bucketMs,
  createRoundTrips,
  expectEcho,
  isUnanswered,
  percentile,
  recordRoundTrip,
  takeEcho,
} from "../../../public/workbench/round-trips.js";

describe("percentile()", () => {
  test.each([
    [[], 50, undefined],
    [[7], 0, 7],
    [[7], 50, 7],
    [[7], 100, 7],
    [[1, 2, 3, 4], 50, 2],
    [[1, 2, 3, 4], 51, 3],
    [[1, 2, 3, 4], 100, 4],
    [Array.from({ length: 100 }, (_, index) => index + 1), 95, 95],
    [Array.from({ length: 20 }, (_, index) => index + 1), 95, 19],
  ])("of %j at %d is the nearest rank, %p", (sorted, percent, wanted) => {
    expect(percentile(sorted, percent)).toBe(wanted);
  });
});

describe("takeEcho()", () => {
  test("times an echo, and gives up what was sent before it", () => {
    const trips = createRoundTrips();
    ["lost", "a", "b"].forEach((text, index) => expectEcho(trips, toMessage(text), index));
    expect(takeEcho(trips, toMessage("a"), 11)).toBe(10);
    expect(isUnanswered(trips, toMessage("lost"))).toBe(false);
    expect(isUnanswered(trips, toMessage("b"))).toBe(true);
    expect(trips.count).toBe(1);
  });

  test("does not time what was not sent", () => {
    const trips = createRoundTrips();
    expectEcho(trips, toMessage("a"), 0);
    expect(takeEcho(trips, toMessage("tick 1"), 5)).toBeUndefined();
    expect(trips.count).toBe(0);
    expect(takeEcho(trips, toMessage("a"), 6)).toBe(6);
  });

  test("takes the older of two equal messages", () => {
    const trips = createRoundTrips();
    for (const at of [0, 5]) expectEcho(trips, toMessage("same"), at);
    expect([10, 11].map((at) => takeEcho(trips, toMessage("same"), at))).toEqual([10, 6]);
  });

  test("forgets the oldest of more than 1,000 unanswered messages", () => {
    const trips = createRoundTrips();
    for (let index = 0; index <= 1000; index += 1) expectEcho(trips, toMessage(`${index}`), index);
    expect(isUnanswered(trips, toMessage("0"))).toBe(false);
    expect(isUnanswered(trips, toMessage("1"))).toBe(true);
  });
});

describe("recordRoundTrip()", () => {
  test.each([
    [0, 0],
    [0.1, 0],
    [0.11, 1],
    [5000, bucketMs.length - 2],
    [5000.1, bucketMs.length - 1],
    [Number.MAX_VALUE, bucketMs.length - 1],
  ])("counts %d ms in bucket %d, whose end belongs to it", (ms, bucket) => {
    const trips = createRoundTrips();
    recordRoundTrip(trips, ms, 0);
    expect(trips.buckets.findIndex((count) => count === 1)).toBe(bucket);
  });

  test("keeps the last 1,000 samples, the greatest of all and the last", () => {
    const trips = createRoundTrips();
    for (let index = 0; index < 1500; index += 1) recordRoundTrip(trips, 2000 - index, index);
    expect(trips.samples).toHaveLength(1000);
    expect(Math.max(...trips.samples)).toBe(1500);
    expect([trips.count, trips.max, trips.last]).toEqual([1500, 2000, 501]);
  });

  test("makes one point of what comes within 0.1 s, and keeps 120 of them", () => {
    const trips = createRoundTrips();
    for (const [ms, at] of [
      [3, 0],
      [1, 50],
      [8, 99],
      [2, 100],
    ] as const) {
      recordRoundTrip(trips, ms, at);
    }
    expect(trips.points).toEqual([
      { at: 0, low: 1, high: 8, sum: 12, count: 3 },
      { at: 100, low: 2, high: 2, sum: 2, count: 1 },
    ]);
    for (let index = 2; index < 130; index += 1) recordRoundTrip(trips, 1, index * 100);
    expect([trips.points.length, trips.points[0]?.at]).toEqual([120, 1000]);
  });
});
