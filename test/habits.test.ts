import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const transpiler = new Bun.Transpiler({ loader: "ts" });

/** What waits for others: sockets and programs. */
const WAITS =
  /\bBun\.(serve|spawn|connect|listen|WebView)\b|\bfetch\(|"node:(net|tls|http2?|https)"/;

/** The line of a file that gives all of its tests time; a probe has a deadline of its own. */
const HAS_PATIENCE = /^(?:setDefaultTimeout\(PATIENCE_MS\);|probe\()/m;

const textOf = (path: string) => readFileSync(path, "utf8");

/** Tells whether a file of tests, or a helper that it imports, waits for others. */
function waits(path: string, seen = new Set<string>()): boolean {
  if (seen.has(path) || !path.startsWith(import.meta.dir)) return false;
  seen.add(path);
  const text = textOf(path);
  const imported = transpiler
    .scanImports(text)
    .filter(({ path: name }) => name.startsWith("."))
    .map(({ path: name }) => join(dirname(path), name));
  return WAITS.test(text) || imported.some((each) => waits(each, seen));
}

describe("a test that waits for sockets or programs", () => {
  const files = Array.from(new Bun.Glob("**/*.test.ts").scanSync(import.meta.dir)).sort();

  test.each(files.filter((file) => waits(join(import.meta.dir, file))))(
    "has time for it on a busy machine: %s",
    (file) => {
      expect(textOf(join(import.meta.dir, file))).toMatch(HAS_PATIENCE);
    },
  );
});
