import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { DirectoryScan } from "../../../src/files/root/directory-scan.ts";
import { DocumentRoot } from "../../../src/files/root/document-root.ts";
import type { DirectoryEntry } from "../../../src/files/root/directory-entry.ts";
import { CALLS } from "../../helpers/directory-calls.ts";
import { finish } from "../../helpers/finish.ts";
import { PATIENCE_MS } from "../../helpers/patience.ts";
import { makeTree, type Tree } from "../../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

let outside: Tree;
let tree: Tree;

beforeEach(() => {
  outside = makeTree({ "file.txt": "the secret of 22 bytes" });
  tree = makeTree({
    "here/file.txt": "four",
    "here/below/inner.txt": "x",
    "here/in": { link: "file.txt" },
    "here/in-directory": { link: "below" },
    "here/out": { link: outside.at("file.txt") },
    "here/out-directory": { link: outside.path },
    "here/dangling": { link: "nowhere" },
    "here/loop": { link: "loop" },
    "here/.hidden": "",
  });
});

afterEach(() => {
  tree[Symbol.dispose]();
  outside[Symbol.dispose]();
});

describe.each(CALLS)("DirectoryScan by the calls of %s", (_whose, calls) => {
  function open(name = "here"): DirectoryScan {
    const root = DocumentRoot.open(tree.path, { hidden: false });
    return DirectoryScan.open(root, `${root.path}/${name}`, calls);
  }

  function readAll(scan: DirectoryScan): DirectoryEntry[] {
    const entries: DirectoryEntry[] = [];
    for (let some = finish(scan.next()); some !== undefined; some = finish(scan.next())) {
      entries.push(...some);
    }
    return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  const shown = [
    { name: "below", kind: "directory" },
    { name: "file.txt", kind: "file" },
    { name: "in", kind: "file" },
    { name: "in-directory", kind: "directory" },
  ] as const;

  test("finds what can be served, by what its links lead to, and again after rewind()", () => {
    using scan = open();
    expect(readAll(scan)).toEqual([...shown]);
    expect(finish(scan.next())).toBeUndefined();
    scan.rewind();
    expect(readAll(scan)).toEqual([...shown]);
    expect(scan.isPlain).toBe(false);
  });

  test("measures what the names stand for: bytes of files alone, times to the millisecond", () => {
    utimesSync(tree.at("here/file.txt"), 1_700_000_000.123, 1_700_000_000.123);
    utimesSync(tree.at("here/below"), 4_294_967_297, 4_294_967_297); // beyond 32 bits
    // Bun 1.4.5 takes a time before 1970 for now.
    Bun.spawnSync(["touch", "-d", "@-1.5", tree.at("here/below/inner.txt")]);
    using scan = open();
    expect(finish(scan.measure(shown))).toEqual([
      { name: "below", kind: "directory", bytes: undefined, modifiedMs: 4_294_967_297_000 },
      { name: "file.txt", kind: "file", bytes: 4, modifiedMs: 1_700_000_000_123 },
      { name: "in", kind: "file", bytes: 4, modifiedMs: 1_700_000_000_123 },
      { name: "in-directory", kind: "directory", bytes: undefined, modifiedMs: 4_294_967_297_000 },
    ]);
    using below = open("here/below");
    expect(finish(below.measure([{ name: "inner.txt", kind: "file" }]))).toMatchObject([
      { modifiedMs: -1500 },
    ]);
  });

  test("measures a file of more than 2^32 bytes", () => {
    Bun.spawnSync(["truncate", "-s", "5000000001", tree.at("here/file.txt")]);
    using scan = open();
    const { bytes } = finish(scan.measureAll([shown[1]]));
    expect(Array.from(bytes)).toEqual([5_000_000_001]);
  });

  test("leaves out what vanished, or came to lead outside, since its name was read", () => {
    using scan = open();
    const entries = readAll(scan);
    rmSync(tree.at("here/below"), { recursive: true }); // and with it what a link leads to
    unlinkSync(tree.at("here/in"));
    symlinkSync(outside.at("file.txt"), tree.at("here/in"));
    expect(finish(scan.measure(entries))).toMatchObject([{ name: "file.txt" }]);
    expect(Array.from(finish(scan.measureAll(entries)).bytes)).toEqual([NaN, 4, NaN, NaN]);
  });

  // D6: a directory and a link to outside were swapped all the time, and sizes came from outside.
  test.skipIf(process.platform !== "linux")(
    "D6 reads and measures the directory that it opened, whatever has taken its place",
    () => {
      using scan = open();
      renameSync(tree.at("here"), tree.at("moved"));
      symlinkSync(outside.path, tree.at("here"));
      const entries = readAll(scan);
      expect(entries).toEqual([...shown]);
      expect(finish(scan.measure(entries))[1]).toMatchObject({ name: "file.txt", bytes: 4 });
      expect(() => open()).toThrow("moved while it was listed");
    },
  );

  test("has every one of thousands, in pieces of some hundreds, also those that have long names", () => {
    mkdirSync(tree.at("many"));
    const names = Array.from({ length: 1500 }, (_, index) =>
      `${index} `.padEnd(index % 200 === 0 ? 255 : 8, "x"),
    );
    for (const name of names) writeFileSync(tree.at(`many/${name}`), "");
    using scan = open("many");
    const pieces: number[] = [];
    const found: string[] = [];
    for (let some = finish(scan.next()); some !== undefined; some = finish(scan.next())) {
      pieces.push(some.length);
      found.push(...some.map(({ name }) => name));
    }
    expect(found.toSorted()).toEqual(names.toSorted());
    expect(Math.max(...pieces)).toBeLessThan(1000);
    expect(scan.isPlain).toBe(true);
  });

  test("says so when the directory goes away while it is read", () => {
    using scan = open("here/below");
    rmSync(tree.at("here/below"), { recursive: true });
    expect(() => finish(scan.next())).toThrow();
  });
});
