import { describe, expect, test } from "bun:test";
import { cutName, widthOf } from "../../../src/files/listing/cut-name.ts";

const cut = (name: string) => {
  const isDirectory = name.endsWith("/");
  return cutName({
    name: isDirectory ? name.slice(0, -1) : name,
    kind: isDirectory ? "directory" : "file",
  });
};

const X = "x".repeat(50);

describe("cutName()", () => {
  test.each([
    "interview.flac",
    "Makefile",
    "docs/",
    "a.averylongextension",
    `${"x".repeat(28)}.txt`,
    "写真の写真の写真の.jpg",
  ])("shows %j whole", (name) => {
    expect(cut(name)).toBeUndefined();
  });

  test.each([
    [`${X}final version 3.flac`, `${X}fin`, "al version 3.flac"],
    [`${X}123456789012.tar.gz`, X, "123456789012.tar.gz"],
    [`${X}123456789012`, X, "123456789012"],
    [`${X}123456789012/`, X, "123456789012/"],
    // What follows the dot is no extension.
    [`${X}v1.2 final version`, `${X}v1.2 f`, "inal version"],
    [`${X}.averylongextension`, `${X}.averyl`, "ongextension"],
    [`${X}12345678901<.b>`, `${X}123`, "45678901<.b>"],
    // Not within what looks like one character.
    [`${X}👩‍👩‍👧12345678901.txt`, X, "👩‍👩‍👧12345678901.txt"],
    [`${X}e\u030112345678901.txt`, X, "e\u030112345678901.txt"],
    // Six of these are as wide as twelve others.
    ["写真".repeat(15), "写真".repeat(12), "写真".repeat(3)],
    // Whatever cannot be seen is made visible.
    [`${X}\u202e12345678901.txt`, X, "\ufffd12345678901.txt"],
  ])("of %j", (name, head, tail) => {
    expect(cut(name)).toEqual({ head, tail });
  });

  test("leaves a stem that is read from right to left in one part", () => {
    expect(cut("קובץ.txt")).toEqual({ head: "קובץ", tail: ".txt" });
    expect(cut("תיקייה/")).toEqual({ head: "תיקייה", tail: "/" });
    expect(cut("ملف ".repeat(20))).toEqual({ head: "ملف ".repeat(20), tail: "" });
  });

  test("E9 tells names apart that differ at the end", () => {
    const tails = [1, 2, 3].map((part) => cut(`${X} part ${part} of 3.mkv`)?.tail);
    expect(new Set(tails).size).toBe(3);
  });

  test("loses nothing of the longest names", () => {
    for (const name of ["👩‍👩‍👧".repeat(14), "e\u0301".repeat(80), "a".repeat(255)]) {
      const parts = cut(name);
      expect(`${parts?.head}${parts?.tail}`).toBe(name);
    }
  });
});

test.each([
  ["", 0],
  ["abc", 3],
  ["写真", 4],
  ["🦦", 2],
  ["é", 1],
])("widthOf(%j) is %d", (name, wanted) => {
  expect(widthOf(name)).toBe(wanted);
});
