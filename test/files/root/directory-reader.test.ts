import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { DirectoryReader } from "../../../src/files/root/directory-reader.ts";
import { DocumentRoot } from "../../../src/files/root/document-root.ts";
import { isUnchanged } from "../../../src/files/root/watched.ts";
import { CALLS } from "../../helpers/directory-calls.ts";
import { finish } from "../../helpers/finish.ts";
import { makeTree, type Tree } from "../../helpers/tree.ts";

let tree: Tree;

beforeEach(() => {
  tree = makeTree({
    "plain/file.txt": "x",
    "plain/below/": "",
    "linked/file.txt": "x",
    "linked/link": { link: "file.txt" },
  });
});

afterEach(() => tree[Symbol.dispose]());

const anHourLater = () => Date.now() + 3_600_000;

describe.each(CALLS)("DirectoryReader.list() by the calls of %s", (_whose, calls) => {
  const makeReader = (root: DocumentRoot) => new DirectoryReader(root, calls);

  function list(name: string, now: () => number) {
    const root = DocumentRoot.open(tree.path, { hidden: false, now });
    return finish(makeReader(root).list(`${root.path}/${name}`));
  }

  test("says what can be watched for a change, and sees one", () => {
    const { watched } = list("plain", anHourLater);
    if (watched === undefined) throw new Error("it cannot be watched");
    expect(isUnchanged(watched)).toBe(true);
    mkdirSync(tree.at("plain/another"));
    expect(isUnchanged(watched)).toBe(false);
  });

  test("has nothing to watch of a directory that changed just now", () => {
    writeFileSync(tree.at("plain/fresh.txt"), "");
    const content = list("plain", Date.now);
    expect(content.entries.map(({ name }) => name)).toContain("fresh.txt");
    expect(content.watched).toBeUndefined();
  });

  test("has nothing to watch of a directory with a link, which may come to lead elsewhere", () => {
    const content = list("linked", anHourLater);
    expect(content.entries.map(({ name }) => name).toSorted()).toEqual(["file.txt", "link"]);
    expect(content.watched).toBeUndefined();
  });

  test.skipIf(process.platform !== "linux")(
    "neither counts a name that is no UTF-8, nor lists twice the one it reads like",
    () => {
      const path = Buffer.from(`${tree.at("odd")}/`);
      mkdirSync(path);
      for (const byte of [0xfd, 0xfe, 0xff])
        writeFileSync(Buffer.concat([path, Buffer.of(byte)]), "");
      expect(list("odd", Date.now).entries).toEqual([]);
      writeFileSync(tree.at("odd/\ufffd"), "");
      expect(list("odd", Date.now).entries).toEqual([{ name: "\ufffd", kind: "file" }]);
    },
  );

  test("lists nothing of what has taken the place of a directory since it was looked up", () => {
    const root = DocumentRoot.open(tree.path, { hidden: false });
    renameSync(tree.at("plain"), tree.at("moved"));
    symlinkSync("/etc", tree.at("plain"));
    const listing = makeReader(root).list(`${root.path}/plain`);
    expect(() => finish(listing)).toThrow("moved while it was listed");
  });
});
