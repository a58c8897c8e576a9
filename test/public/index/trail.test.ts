import { expect, test } from "bun:test";
import { childPath, isOtherFilter, searchOf, visitsAbove } from "../../../public/index/trail.js";

test.each([
  ["/", "/a/", "/a/"],
  ["/", "/a/b/c/", "/a/"],
  ["/a/", "/a/b%20c/d/", "/a/b%20c/"],
  ["/a/", "/a/", undefined],
  ["/a/b/", "/a/", undefined],
  ["/a/", "/ab/c/", undefined],
  // A file is no directory.
  ["/a/", "/a/test.html", undefined],
])("from %s up from %s the directory is %p", (here, below, wanted) => {
  expect(childPath(here, below)).toBe(wanted);
});

const visit = (path: string, search = "") => ({ path, search });

test("visitsAbove() forgets what is beside and below", () => {
  const visits = [
    visit("/"),
    visit("/a/", "?page=2"),
    visit("/b/"),
    visit("/a/b/"),
    visit("/a/b/c/"),
  ];
  expect(visitsAbove(visits, "/a/b/")).toEqual([visit("/"), visit("/a/", "?page=2")]);
});

test.each([
  ["?page=3", "", "?page=3"],
  ["?filter=a", "", "?filter=a"],
  ["?sort=size&order=desc&page=2", "?sort=size&order=desc", "?sort=size&order=desc&page=2"],
  // Another order was chosen since, so another page is meant.
  ["?page=3", "?sort=size&order=desc", undefined],
  ["?sort=size&order=desc&page=2", "", undefined],
  ["?view=grid&page=2", "", undefined],
])("a visit to %j has the way up with %j lead to %p", (visited, search, wanted) => {
  expect(searchOf([visit("/a/", visited)], { pathname: "/a/", search })).toBe(wanted);
  expect(searchOf([visit("/a/", visited)], { pathname: "/b/", search })).toBeUndefined();
});

test.each([
  ["", "", false],
  ["", "?filter=", false],
  ["", "?filter=a", true],
  ["?filter=a", "?filter=a&page=2", false],
  ["?filter=a", "?filter=ab", true],
  ["?filter=a", "", false],
])("isOtherFilter(%j, %j) is %p", (before, after, wanted) => {
  expect(isOtherFilter(before, after)).toBe(wanted);
});
