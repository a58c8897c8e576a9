import { expect, setDefaultTimeout, test } from "bun:test";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { DocumentRoot } from "../../../src/files/root/document-root.ts";
import { walkTree, type Member } from "../../../src/files/archive/document-tree.ts";
import { Slices } from "../../../src/files/slices/slices.ts";
import { PATIENCE_MS } from "../../helpers/patience.ts";
import { swing } from "../../helpers/swing.ts";
import { makeTree, type Tree } from "../../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const MEBIBYTE = 1024 * 1024;

function walk(tree: Tree, name = "top") {
  const root = DocumentRoot.open(tree.path, { hidden: false });
  return walkTree(root, { realPath: root.path, within: root.path, name }, new Slices());
}

/** The member of this path, as the walk comes to it. */
async function reach(members: AsyncIterable<Member>, path: string): Promise<Member> {
  const iterator = members[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await iterator.next();
    if (done === true) throw new Error(`never came to ${path}`);
    if (value.entry.path === path) return value;
  }
}

async function pathsOf(members: AsyncIterable<Member>): Promise<string[]> {
  const paths: string[] = [];
  for await (const { entry } of members) paths.push(entry.path);
  return paths;
}

async function contentOf({ content }: Member): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A path of many directories, of 250 bytes each: it takes 17 of them to be too long. */
const down = (levels: number) => `/${"d".repeat(249)}`.repeat(levels);

/** Makes directories that are too far down to be opened by their path. */
function digBelow(tree: Tree, levels: number, file: string): void {
  const half = Math.ceil(levels / 2);
  mkdirSync(tree.at(`top${down(half)}`), { recursive: true });
  mkdirSync(tree.at(`bottom${down(levels - half)}`), { recursive: true });
  writeFileSync(tree.at(`bottom${down(levels - half)}/${file}`), "far down");
  renameSync(tree.at("bottom"), tree.at(`top${down(half)}/bottom`));
}

/** Brings what is too far down back to where it can be removed. */
function fillUp(tree: Tree, levels: number): void {
  renameSync(tree.at(`top${down(Math.ceil(levels / 2))}/bottom`), tree.at("bottom"));
}

const openDescriptors = () => readdirSync("/proc/self/fd").length;

test.each<[why: string, change: (path: string) => void, expected: Buffer]>([
  ["grows", (path) => appendFileSync(path, "more"), Buffer.alloc(MEBIBYTE, 1)],
  [
    "shrinks",
    (path) => truncateSync(path, 1000),
    Buffer.concat([Buffer.alloc(1000, 1), Buffer.alloc(MEBIBYTE - 1000)]),
  ],
  ["is emptied", (path) => truncateSync(path, 0), Buffer.alloc(MEBIBYTE)],
  ["is removed", (path) => rmSync(path), Buffer.alloc(MEBIBYTE, 1)],
  [
    "is replaced",
    (path) => (rmSync(path), writeFileSync(path, Buffer.alloc(MEBIBYTE, 2))),
    Buffer.alloc(MEBIBYTE, 1),
  ],
])("walkTree() keeps its word about the size of a file that %s", async (_why, change, expected) => {
  using tree = makeTree({ "a.bin": Buffer.alloc(MEBIBYTE, 1) });
  const members = walk(tree);
  const member = await reach(members, "top/a.bin");
  expect(member.entry).toMatchObject({ kind: "file", bytes: MEBIBYTE });
  change(tree.at("a.bin"));
  expect((await contentOf(member)).equals(expected)).toBe(true);
  await members.return();
});

test("walkTree() is sorted by code units, depth first, whatever the order on disk", async () => {
  using tree = makeTree({ "b/2": "", "b/10": "", B: "", "a.txt": "", "a/z": "", é: "", "c/": "" });
  const names = ["", "/B", "/a", "/a/z", "/a.txt", "/b", "/b/10", "/b/2", "/c", "/é"];
  expect(await pathsOf(walk(tree))).toEqual(names.map((name) => `top${name}`));
});

test("walkTree() comes once to a name that stands for several without UTF-8", async () => {
  using tree = makeTree({ "\ufffd": "valid" });
  for (const byte of [0xfe, 0xff]) {
    writeFileSync(Buffer.concat([Buffer.from(`${tree.path}/`), Buffer.from([byte])]), "invalid");
  }
  expect(await pathsOf(walk(tree))).toEqual(["top", "top/\ufffd"]);
});

test("walkTree() goes through 5,000 files and 2,000 levels", async () => {
  using tree = makeTree(
    Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`many/${index}`, ""])),
  );
  expect((await pathsOf(walk(tree))).length).toBe(5002);
  using deep = makeTree();
  // As deep as a path can name: 4,096 bytes.
  const levels = Math.floor((4090 - deep.path.length) / 2);
  mkdirSync(deep.at(Array(levels).fill("d").join("/")), { recursive: true });
  expect((await pathsOf(walk(deep))).length).toBe(levels + 1);
  // Bun 1.4.5 takes ten seconds for so many levels.
  Bun.spawnSync(["rm", "-r", deep.at("d")]);
});

test.each([1, 2, 3, 4])(
  "walkTree() closes everything when it is left at entry %i",
  async (count) => {
    using tree = makeTree({ "a/1": "one", "a/2": "two" });
    const before = openDescriptors();
    const members = walk(tree);
    for (let index = 0; index < count; index++) await members.next();
    expect(openDescriptors()).toBe(before + 1);
    await members.return();
    expect(openDescriptors()).toBe(before);
  },
);

test("walkTree() closes everything at the end", async () => {
  using tree = makeTree({ "a/1": "one", link: { link: "a" }, out: { link: "/etc" } });
  const before = openDescriptors();
  await pathsOf(walk(tree));
  expect(openDescriptors()).toBe(before);
});

test.each(["nothing", "file", "link-in", "link-out"])(
  "walkTree() rejects if the directory has become %s",
  async (name) => {
    using tree = makeTree({
      "a/1": "one",
      file: "",
      "link-in": { link: "a" },
      "link-out": { link: "/etc" },
    });
    const before = openDescriptors();
    const root = DocumentRoot.open(tree.path, { hidden: false });
    const members = walkTree(
      root,
      { realPath: `${root.path}/${name}`, within: root.path, name: "a" },
      new Slices(),
    );
    const failure = await members.next().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "ENOENT" });
    expect(openDescriptors()).toBe(before);
  },
);

test("A6 walkTree() walks the release that it began with to its end", async () => {
  using tree = makeTree({
    "r1/a.txt": "one",
    "r1/b/c.txt": "one",
    "r1/link": { link: "b/c.txt" },
    "r2/d.txt": "two",
    current: { link: "r1" },
  });
  const root = DocumentRoot.open(tree.at("current"), { hidden: false });
  const top = { realPath: root.path, within: root.path, name: "site" };
  const members = walkTree(root, top, new Slices());
  const paths: string[] = [];
  for await (const { entry, content } of members) {
    for await (const _chunk of content ?? []) continue;
    paths.push(entry.path);
    if (paths.length > 1) continue;
    swing(tree.at("current"), "r2");
    expect(root.openEntry(["d.txt"]).kind).toBe("file");
  }
  expect(paths).toEqual(["site", "site/a.txt", "site/b", "site/b/c.txt", "site/link"]);
});

test.each([15, 20])("D8 %d levels are walked to the last, or the walk fails", async (levels) => {
  using tree = makeTree({ "a.txt": "first" });
  digBelow(tree, levels, "last.txt");
  try {
    const before = openDescriptors();
    const paths = pathsOf(walk(tree));
    if (levels === 15) {
      expect((await paths).at(-1)).toEndWith("d/last.txt");
    } else {
      expect(paths).rejects.toThrow("ENAMETOOLONG");
      await paths.catch(() => undefined);
    }
    expect(openDescriptors()).toBe(before);
  } finally {
    fillUp(tree, levels);
  }
});

test("D8 a link to a file that is too far down makes the walk fail", async () => {
  using tree = makeTree({ "a.txt": "first" });
  digBelow(tree, 20, "last.txt");
  try {
    // Each link is short enough to be followed.
    symlinkSync(`${down(10).slice(1)}/bottom`, tree.at("top/link"));
    symlinkSync(`top/link${down(10)}/last.txt`, tree.at("last.txt"));
    const root = DocumentRoot.open(tree.path, { hidden: false });
    const members = walkTree(
      root,
      { realPath: root.path, within: root.path, name: "top" },
      new Slices(),
    );
    // It comes before the directory that is too deep itself.
    expect(reach(members, "top/last.txt")).rejects.toThrow("readlink");
  } finally {
    fillUp(tree, 20);
  }
});

test("D8 a link to a name that no file can have is left out, as are others to nothing", async () => {
  using tree = makeTree({ "a.txt": "first", link: { link: "n".repeat(300) }, "z.txt": "last" });
  expect(await pathsOf(walk(tree))).toEqual(["top", "top/a.txt", "top/z.txt"]);
});
