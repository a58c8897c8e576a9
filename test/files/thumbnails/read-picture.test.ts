import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { DocumentRoot } from "../../../src/files/root/document-root.ts";
import { readPicture } from "../../../src/files/thumbnails/read-picture.ts";
import { PATIENCE_MS } from "../../helpers/patience.ts";
import { makeTree, type Tree } from "../../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const CONTENT = Buffer.alloc(3_000_000, "picture");

/** Looks a file up, lets something happen, and reads it, with something else happening meanwhile. */
async function read(before: (tree: Tree) => void, meanwhile: (tree: Tree) => void) {
  using tree = makeTree({ "a.jpg": CONTENT, "other.jpg": CONTENT });
  using outside = makeTree({ "secret.jpg": CONTENT });
  symlinkSync(outside.at("secret.jpg"), tree.at("link.jpg"));
  const root = DocumentRoot.open(tree.path, { hidden: false });
  const file = root.openEntry(["a.jpg"]);
  if (file.kind !== "file") throw new Error(file.kind);
  before(tree);
  const reading = readPicture(root, file);
  meanwhile(tree);
  return await reading;
}

const nothing = () => undefined;
const write = (tree: Tree) =>
  writeFileSync(tree.at("a.jpg"), Buffer.alloc(CONTENT.length, "other"));
const replace = (by: string) => (tree: Tree) => renameSync(tree.at(by), tree.at("a.jpg"));

const replaceByDirectory = (tree: Tree) => {
  rmSync(tree.at("a.jpg"));
  mkdirSync(tree.at("a.jpg"));
};

describe("readPicture()", () => {
  test.each([
    ["was written to since", write, nothing],
    ["was replaced since", replace("other.jpg"), nothing],
    ["was replaced by a link that leads outside", replace("link.jpg"), nothing],
    ["was replaced by a directory", replaceByDirectory, nothing],
    ["is gone", (tree: Tree) => rmSync(tree.at("a.jpg")), nothing],
    ["is written to meanwhile", nothing, write],
  ])("reads nothing of a file that %s", async (_, before, meanwhile) => {
    expect(await read(before, meanwhile)).toBeUndefined();
  });

  test("reads the file that it has opened, whatever comes to its place", async () => {
    expect(
      await read(nothing, (tree) => renameSync(tree.at("other.jpg"), tree.at("b.jpg"))),
    ).toEqual(new Uint8Array(CONTENT));
  });
});
