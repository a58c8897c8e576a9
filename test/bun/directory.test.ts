import { expect } from "bun:test";
import { opendirSync, rmSync, writeFileSync } from "node:fs";
import { makeTree } from "../helpers/tree.ts";
import { probe } from "./probe.ts";

/** Names of 150 KB in all: several of the buffers that a reader gives the kernel, of 32 KB or so. */
const NAMES = Array.from({ length: 600 }, (_, index) => String(index).padStart(250, "a"));

/** Makes a directory, and removes all that is in it as soon as its first name was read. */
function countNames(read: (path: string) => Iterable<unknown>): number {
  using tree = makeTree();
  for (const name of NAMES) writeFileSync(tree.at(name), "");
  let count = 0;
  for (const _name of read(tree.path)) {
    if (count === 0) for (const name of NAMES) rmSync(tree.at(name));
    count += 1;
  }
  return count;
}

function* open(path: string) {
  using directory = opendirSync(path, { bufferSize: 1 });
  for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) yield entry;
}

probe("directory-read-whole", () => {
  expect(countNames(open)).toBe(NAMES.length);
  expect(countNames((path) => new Bun.Glob("*").scanSync(path))).toBe(NAMES.length);
});
