import { expect, test } from "bun:test";
import { describeMatches } from "../../../public/index/filter.js";

test.each([
  [0, 3, "No match"],
  [1, 3, "1 of 3"],
  [1000, 1000, "1,000 of 1,000"],
])("describeMatches(%p, %p) is %j", (count, total, wanted) => {
  expect(describeMatches(count, total)).toBe(wanted);
});
