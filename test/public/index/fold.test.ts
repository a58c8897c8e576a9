import { expect, test } from "bun:test";
import { fold } from "../../../public/index/fold.js";

test.each([
  ["", ""],
  ["README.md", "readme.md"],
  ["Résumé", "resume"],
  // The same letter in one character or two.
  ["e\u0301", "e"],
  ["ÄÖÜ", "aou"],
  ["ﬁle", "file"],
  ["ФАЙЛ", "фаил"],
  ["a.*b?", "a.*b?"],
  ["🦦", "🦦"],
])("fold(%j) is %j", (text, wanted) => {
  expect(fold(text)).toBe(wanted);
});
