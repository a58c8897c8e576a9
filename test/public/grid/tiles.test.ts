import { expect, test } from "bun:test";
import { neighborOf, type Arrow } from "../../../public/grid/tiles.js";

/** The tiles of a parent directory in a row of its own, and of rows of three, the last not full. */
const BOXES = [
  { top: 0, left: 0 },
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((index) => ({
    top: 40 + 200 * Math.floor(index / 3),
    left: 180 * (index % 3),
  })),
];

test.each<[current: number, arrow: Arrow, expected: number]>([
  [0, "ArrowLeft", 0],
  [0, "ArrowUp", 0],
  [0, "ArrowRight", 1],
  [0, "ArrowDown", 1],
  [1, "ArrowLeft", 0],
  [3, "ArrowUp", 0],
  [3, "ArrowRight", 4],
  [4, "ArrowLeft", 3],
  [2, "ArrowDown", 5],
  [6, "ArrowUp", 3],
  [6, "ArrowDown", 8],
  [8, "ArrowDown", 8],
  [8, "ArrowRight", 8],
])("neighborOf() tile %d, %s, is tile %d", (current, arrow, expected) => {
  expect(neighborOf(BOXES, current, arrow)).toBe(expected);
});
