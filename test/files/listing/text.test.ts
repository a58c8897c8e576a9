import { describe, expect, test } from "bun:test";
import { renderListingText, TEXT_PARTS } from "../../../src/files/listing/text.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { makePage, makeRow } from "./make-page.ts";

describe("renderListingText()", () => {
  test("is one name a line, directories with a slash", () => {
    expect(renderListingText(makePage([makeRow("b/"), makeRow("a b.txt")]))).toBe("b/\na b.txt\n");
  });

  test("of an empty directory is empty", () => {
    expect(renderListingText(makePage([]))).toBe("");
  });

  test("shows a newline in a name, and makes none", () => {
    expect(renderListingText(makePage([makeRow("a\nb")]))).toBe("a␊b\n");
  });

  test("has one line for each hostile name, and no control character in it", () => {
    const text = renderListingText(makePage(HOSTILE_NAMES.map((name) => makeRow(name))));
    const lines = text.split(/[\n\r\v\f\x85\u2028\u2029]/);
    expect(lines).toHaveLength(HOSTILE_NAMES.length + 1);
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
  });
});

test("TEXT_PARTS are the names, with nothing before or after them", () => {
  const { head, rows, foot } = TEXT_PARTS;
  expect(head({ segments: ["x"], ordered: undefined, filter: undefined })).toBe("");
  expect(rows([makeRow("b/"), makeRow("a\nb")], 7)).toBe("b/\na␊b\n");
  expect(foot({ directories: 1, files: 1 })).toBe("");
});
