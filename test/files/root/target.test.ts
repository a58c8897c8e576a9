import { describe, expect, test } from "bun:test";
import { isServableName, keyOf, parseTarget } from "../../../src/files/root/target.ts";
import { hrefOf } from "../../../src/files/listing/page.ts";

describe("parseTarget() (RFC 3986 §2.1, §3.3)", () => {
  test.each([
    "",
    "x",
    "*",
    "http://h/",
    "/%",
    "/%4",
    "/%zz",
    "/a%",
    "/%00",
    "/a%00b",
    "/%ff",
    "/%c0%ae",
    "/%e0%80%af",
    "/%f8%88%80%80%80",
    "/%ed%a0%80",
    "/%c3",
    "/%C3%28",
  ])("finds %s malformed", (path) => {
    expect(parseTarget(path).kind).toBe("malformed");
  });

  test.each([
    "/..",
    "/../",
    "/a/../b",
    "/.",
    "/./a",
    "/%2e%2e",
    "/%2E.",
    "/.%2e/a",
    "/a%2fb",
    "/%2F",
    "/a%5cb",
    "/\\",
    "/a\\..\\b",
  ])("finds %s unservable", (path) => {
    expect(parseTarget(path).kind).toBe("unservable");
  });

  const SERVABLE: readonly (readonly [string, readonly string[], boolean])[] = [
    ["/", [], true],
    ["//", [], true],
    ["/a", ["a"], false],
    ["/a/", ["a"], true],
    ["//a//b", ["a", "b"], false],
    ["/a%20b/%D1%84", ["a b", "ф"], false],
    ["/%252e%252e/", ["%2e%2e"], true],
    ["/%25", ["%"], false],
    ["/.../..a/a..", ["...", "..a", "a.."], false],
    ["/.env", [".env"], false],
    ["/a+b", ["a+b"], false],
    ["/%0A%0D%1b", ["\n\r\x1b"], false],
    ["/a%3Fb%23c", ["a?b#c"], false],
  ];

  test.each(SERVABLE)("splits and decodes %s, once", (path, segments, isDirectory) => {
    expect(parseTarget(path)).toEqual({ kind: "target", segments, isDirectory });
  });

  test("gives back what hrefOf() was given, for any servable names", () => {
    const names = [
      "a b",
      "ф",
      "%41",
      "?x",
      "#y",
      "<&\">'",
      "\n",
      "a:b",
      "😀",
      "-",
      "~",
      "..a",
      "a.",
    ];
    for (const name of names) {
      expect(isServableName(name)).toBe(true);
      const segments = [name, "x", name];
      const hrefs = segments.map((each) => hrefOf({ name: each, kind: "directory" }));
      const path = hrefs.reduce((base, href) => new URL(href, `http://h${base}`).pathname, "/");
      expect(parseTarget(path)).toEqual({ kind: "target", segments, isDirectory: true });
      expect(new URL(path, "http://h/").host).toBe("h");
    }
  });
});

test.each(["", ".", "..", "a/b", "a\\b", "a\0b", "\ud800", "\udc00a"])(
  "isServableName() refuses %j",
  (name) => {
    expect(isServableName(name)).toBe(false);
  },
);

test.each(["GIT~1", "web.config::$DATA", "a.txt.", "a.txt ", "C:", "...."])(
  "isServableName() refuses %j on Windows, where it is another name of something",
  (name) => {
    expect(isServableName(name, "win32")).toBe(false);
    expect(isServableName(name, "linux")).toBe(true);
  },
);

test.each(["a~", "~a", "a b.txt", ".git", "a~b"])(
  "isServableName() takes %j on Windows",
  (name) => {
    expect(isServableName(name, "win32")).toBe(true);
  },
);

describe("D1 keyOf()", () => {
  const key = (path: string) => {
    const target = parseTarget(path);
    return target.kind === "target" ? keyOf(target) : undefined;
  };

  test.each([
    ["/big.txt", ["/%62ig.txt", "/%62%69%67%2etxt", "//big.txt", "///big%2Etxt"]],
    ["/a/b/", ["/a//b/", "/a/b//", "/%61/%62/"]],
    ["/", ["//", "///"]],
    ["/a b", ["/a%20b"]],
    ["/\u00fc", ["/%C3%BC", "/%c3%bc"]],
  ])("gives %j and its spellings one key", (path, spellings) => {
    expect(key(path)).toBe(path);
    for (const spelling of spellings) expect([spelling, key(spelling)]).toEqual([spelling, path]);
  });

  test.each([
    ["/a", "/a/"],
    ["/a%2562", "/a%62"],
    ["/%2525", "/%25"],
    ["/a%253Fb", "/a%3Fb"],
  ])("keeps %j and %j apart", (one, other) => {
    expect(key(one)).not.toBe(key(other));
    // Nor is a key what another target is spelled as.
    expect(key(one)).not.toBe(other);
  });
});
