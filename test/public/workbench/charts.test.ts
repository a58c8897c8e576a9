import { describe, expect, test } from "bun:test";
import {
  composeCurve,
  describeBucket,
  describeCurve,
  describePoint,
  findPoint,
  findShownBuckets,
  roundUp,
} from "../../../public/workbench/charts.js";
import { bucketMs } from "../../../public/workbench/round-trips.js";

const SIZE = { width: 236, height: 106 };
const pointOf = (ms: number, at = 0) => ({ at, low: ms, high: ms, sum: ms, count: 1 });

test.each([
  [0, 0.1],
  [0.1, 0.1],
  [0.11, 0.2],
  [1, 1],
  [1.2, 2],
  [2.1, 5],
  [5.5, 10],
  [10, 10],
  [101, 200],
  [5001, 10_000],
])("roundUp(%d) is %d", (value, wanted) => {
  expect(roundUp(value)).toBeCloseTo(wanted, 9);
});

describe("composeCurve()", () => {
  test("is empty without points", () => {
    expect(composeCurve([], SIZE, 1)).toEqual({ band: "", mean: "", dots: "" });
  });

  test("spreads few points over a part of the width, from the left", () => {
    const { mean, dots } = composeCurve([pointOf(0), pointOf(10)], SIZE, 10);
    expect(mean).toBe("M3.0 103.0L13.0 3.0");
    expect(dots).toBe("M3.0 103.0h0M13.0 3.0h0");
  });

  test("draws the span around the mean, there and back", () => {
    const points = [
      { at: 0, low: 0, high: 10, sum: 10, count: 2 },
      { at: 100, low: 5, high: 5, sum: 5, count: 1 },
    ];
    const { band, mean } = composeCurve(points, SIZE, 10);
    expect(band).toBe("M3.0 3.0L13.0 53.0L13.0 53.0L3.0 103.0Z");
    expect(mean).toBe("M3.0 53.0L13.0 53.0");
  });

  test("leaves out the dots where they would hide the curve", () => {
    const points = Array.from({ length: 61 }, () => pointOf(1));
    expect(composeCurve(points.slice(1), SIZE, 1).dots).not.toBe("");
    expect(composeCurve(points, SIZE, 1).dots).toBe("");
  });
});

test.each([
  [3, 0],
  [7.9, 0],
  [8.1, 1],
  [13, 1],
  [30, undefined],
])("findPoint() at x = %d is point %p", (x, index) => {
  const points = [pointOf(1), pointOf(2)];
  expect(findPoint(points, SIZE.width, x)).toBe(index === undefined ? undefined : points[index]);
});

test("describePoint() says the time and the mean, and the span of several", () => {
  const noon = new Date(2026, 0, 2, 12).getTime();
  expect(describePoint(pointOf(2, 5), noon)).toBe("12:00:00.005: 2.0 ms");
  const several = { at: 0, low: 1, high: 8, sum: 12, count: 3 };
  expect(describePoint(several, noon)).toBe("12:00:00.000: 4.0 ms, 3 of 1.0 ms to 8.0 ms");
});

test("describeCurve() counts the echoes, not the points", () => {
  expect(describeCurve([])).toBe("Round-trip times: none yet");
  const points = [{ at: 0, low: 1, high: 8, sum: 12, count: 1200 }, pointOf(0.5)];
  expect(describeCurve(points)).toBe("Round-trip times of the latest 1,201: 0.5 ms to 8.0 ms");
});

describe("findShownBuckets()", () => {
  const bucketsWith = (...filled: readonly number[]) =>
    bucketMs.map((_, index) => (filled.includes(index) ? 1 : 0));

  test.each([
    [[], 0, 8],
    [[0], 0, 8],
    [[6], 2, 10],
    [[5, 6], 2, 10],
    [[15], 7, 15],
    [[0, 15], 0, 15],
    [[3, 12], 3, 12],
  ])("of those that hold something, %j, are %d to %d", (filled, first, last) => {
    expect(findShownBuckets(bucketsWith(...filled))).toEqual({ first, last });
  });
});

test.each([
  [0, "0 ms to 0.1 ms"],
  [4, "1 ms to 2 ms"],
  [12, "500 ms to 1 s"],
  [15, "over 5 s"],
])("describeBucket(%d) is %j", (index, wanted) => {
  expect(describeBucket(index)).toBe(wanted);
});
