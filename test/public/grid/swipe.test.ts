import { expect, test } from "bun:test";
import { swipeOf } from "../../../public/grid/swipe.js";

test.each([
  [0, 0, 0],
  [-47, 0, 0],
  [47, 0, 0],
  [60, 40, 0],
  [-10, 300, 0],
  [-48, 0, 1],
  [-100, 50, 1],
  [48, -10, -1],
])("swipeOf(%d, %d) is %d", (x, y, expected) => {
  expect(swipeOf(x, y)).toBe(expected as never);
});
