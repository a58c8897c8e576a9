import { utimesSync } from "node:fs";
import { makeTree, type Content, type Tree } from "../helpers/tree.ts";
import { describeTree } from "../helpers/unpack.ts";

/** More files than a page of the index shows. */
export const MANY = 1500;

/** Names that rclone, lftp and wget bring home from the index of nginx. */
const ODD_NAMES: readonly string[] = [
  " leading",
  "trailing ",
  "'quote'",
  '"quote"',
  "100%.txt",
  "?query",
  "a&b",
  "a&amp;b",
  "a#b",
  "a+b",
  "a:b",
  "a;b",
  "a|b",
  "http:",
  "<b>",
  "@host",
  "[ipv6]",
  "{a,b}",
  "*",
  "$HOME",
  "!",
  "-rf",
  "Case",
  "case",
  "ü.txt",
  "日本語.txt",
  "🦦.txt",
  "dot.",
  "index.html.bak",
  "test.txt",
  "rest.txt",
  `${"long".repeat(50)}.txt`,
];

/**
 * Makes a tree to be mirrored: many files in one directory, many directories in another, deep ones,
 * odd names, an empty file, a large one, and a README.md with links.
 */
export function makeMirrorTree(): Tree {
  return makeAgedTree({
    ...nameManyFiles(),
    // lftp asks for up to 100 directories at once.
    ...Object.fromEntries(numbered(150).map((n) => [`directories/${n}/file.txt`, `${n}`])),
    ...Object.fromEntries(ODD_NAMES.map((name) => [`names/${name}`, name])),
    ...Object.fromEntries(ODD_NAMES.map((name) => [`names/directories/${name}/${name}`, name])),
    "a/b/c/d/e/f": "deep",
    "README.md": "# A tree\n\n[A file](large.bin), [a directory](a/).\n",
    "empty.txt": "",
    "large.bin": Buffer.alloc(1_100_000, "large"),
  });
}

/** Returns the files of a directory that has more of them than a page of the index. */
export function nameManyFiles(): Readonly<Record<string, string>> {
  return Object.fromEntries(numbered(MANY).map((n) => [`many/file ${n}.txt`, `${n}`]));
}

function numbered(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Makes a tree whose files have each a time of its own, long ago, so that a copy's time tells. */
export function makeAgedTree(files: Readonly<Record<string, Content>>): Tree {
  const tree = makeTree(files);
  const start = Date.UTC(2020, 1, 29) / 1000;
  Object.keys(files).forEach((name, index) => {
    const seconds = start + index * 61;
    utimesSync(tree.at(name), seconds, seconds);
  });
  return tree;
}

/**
 * Lists what a copy lacks (`-`), has besides (`+`), or has in another way (`!`): with another
 * content, mode or time, or only with another content. Directories do not count, as not every
 * program brings empty ones.
 */
export function differences(
  original: string,
  copy: string,
  of: "all" | "contents" = "all",
): readonly string[] {
  const [wanted, found] = [filesBelow(original, of), filesBelow(copy, of)];
  const paths = new Set([...wanted.keys(), ...found.keys()]);
  return [...paths].sort().flatMap((path) => {
    const [one, other] = [wanted.get(path), found.get(path)];
    if (one === other) return [];
    if (other === undefined) return [`- ${path}`];
    return one === undefined ? [`+ ${path}`] : [`! ${path}: ${other}, and not ${one}`];
  });
}

function filesBelow(directory: string, of: "all" | "contents"): ReadonlyMap<string, string> {
  const files = Object.entries(describeTree(directory)).filter(
    ([, what]) => !what.startsWith("directory "),
  );
  // "file 644 1582934401 5 827ccb0e…": mode, time, size, digest.
  return new Map(
    of === "all" ? files : files.map(([path, what]) => [path, what.split(" ").slice(3).join(" ")]),
  );
}
