import { expect, test } from "bun:test";
import { describeMatches } from "../../../public/index/filter.js";

test.each<[number, number, boolean, string]>([
  [0, 3, true, "No match of 3"],
  [1, 3, true, "1 of 3 matches"],
  [3, 3000, true, "3 of 3,000 match"],
  [0, 1000, false, "No match of 1,000 on this page; Enter looks through all"],
  [1, 1000, false, "1 of 1,000 matches on this page; Enter looks through all"],
])("describeMatches(%p, %p, %p) is %j", (count, total, isAll, wanted) => {
  expect(describeMatches(count, total, isAll)).toBe(wanted);
});
