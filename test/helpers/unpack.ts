import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { makeTree, type Tree } from "./tree.ts";

/** Unpacks an archive with the tar of this machine; throws if tar prints anything. */
export function unpack(archive: Uint8Array, format: "tar" | "tar.gz"): Tree {
  const tree = makeTree();
  const { exitCode, stderr } = Bun.spawnSync(
    ["tar", "--extract", ...(format === "tar" ? [] : ["--gzip"]), "--preserve-permissions"],
    { cwd: tree.path, stdin: archive },
  );
  if (exitCode !== 0 || stderr.length > 0) throw new Error(`tar: ${exitCode} ${stderr}`);
  return tree;
}

/** Describes all entries of a directory by path: kind, mode and time, and the content of files. */
export function describeTree(directory: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(directory).sort()) {
    const path = join(directory, name);
    const stats = lstatSync(path);
    const what = `${(stats.mode & 0o777).toString(8)} ${Math.floor(stats.mtimeMs / 1000)}`;
    if (stats.isSymbolicLink()) found[name] = `link to ${readlinkSync(path)}`;
    else if (stats.isFile()) found[name] = `file ${what} ${digest(readFileSync(path))}`;
    else if (!stats.isDirectory()) found[name] = "something else";
    else {
      found[name] = `directory ${what}`;
      for (const [below, text] of Object.entries(describeTree(path)))
        found[`${name}/${below}`] = text;
    }
  }
  return found;
}

function digest(content: Uint8Array): string {
  return `${content.length} ${Bun.SHA256.hash(content, "hex")}`;
}
