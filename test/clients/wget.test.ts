import { expect, setDefaultTimeout } from "bun:test";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { run, testWith } from "./client.ts";
import { DOWNLOAD_NAMES, makeDownloads, requestsOf } from "./downloads.ts";
import { differences, makeAgedTree, makeMirrorTree, MANY, nameManyFiles } from "./mirrors.ts";

setDefaultTimeout(PATIENCE_MS);

/** Says whether a difference from the tree is what the program adds by itself. */
type Extra = (difference: string) => boolean;

/** It saves the index of each directory. */
const isIndex: Extra = (difference) => /^\+ (.+\/)?index\.html$/.test(difference);

/** It asks as a browser does, and so follows the links to sortings and archives, too. */
const isOfBrowsers: Extra = (difference) => difference.startsWith("+ ");

const PROGRAMS = [
  { wget: "wget", rule: "exactly the tree", isExtra: isIndex, makeMirror: makeMirrorTree },
  {
    wget: "wget2",
    rule: "all of the tree",
    isExtra: isOfBrowsers,
    // Debian 12 has one before its first release, which mangles odd names whatever the server.
    makeMirror: () => makeAgedTree(nameManyFiles()),
  },
];

for (const { wget, rule, isExtra, makeMirror } of PROGRAMS) {
  const wgetTest = testWith(wget);

  wgetTest(`B2 ${wget} -r -np brings ${rule}, with ${MANY} files in a directory`, async () => {
    using tree = makeMirror();
    using home = makeTree();
    await using server = startTestServer({ directory: tree.path });
    const args = ["-q", "-r", "-l", "inf", "-np", "-nH", `${server.origin}/`];
    await run(wget, args, { cwd: home.path });
    const found = differences(tree.path, home.path);
    expect(found.filter((difference) => !isExtra(difference))).toEqual([]);
  });

  wgetTest(`B2 ${wget} -r -np of a directory stays below it`, async () => {
    using tree = makeAgedTree({
      "a/b/c.txt": "c",
      "a/d.txt": "d",
      "a.txt": "a",
      "README.md": "# R",
    });
    using home = makeTree();
    await using server = startTestServer({ directory: tree.path });
    const args = ["-q", "-r", "-np", "-nH", "--cut-dirs=1", `${server.origin}/a/`];
    await run(wget, args, { cwd: home.path });
    const found = differences(tree.at("a"), home.path);
    expect(found.filter((difference) => !isExtra(difference))).toEqual([]);
  });

  wgetTest(`${wget} -c continues half a file`, async () => {
    const content = randomBytes(3_000_001);
    using tree = makeTree({ "large.bin": content });
    using home = makeTree({ "large.bin": content.subarray(0, 1_500_000) });
    await using server = startTestServer({ directory: tree.path, log: "json" });
    await run(wget, ["-q", "-c", `${server.origin}/large.bin`], { cwd: home.path });
    expect(differences(tree.path, home.path, "contents")).toEqual([]);
    expect(requestsOf(server)).toMatchObject([{ status: 206, bytes: 1_500_001 }]);
  });

  wgetTest(`A1 ${wget} --content-disposition saves files under their own names`, async () => {
    using tree = makeDownloads();
    using home = makeTree();
    await using server = startTestServer({ directory: tree.path });
    const urls = DOWNLOAD_NAMES.map((name) => `${server.origin}/${name}`);
    await run(wget, ["-q", "--content-disposition", ...urls], { cwd: home.path });
    expect(differences(tree.path, home.path)).toEqual([]);
  });

  wgetTest(`${wget} -N fetches what has changed, and nothing else`, async () => {
    using tree = makeAgedTree({ "a.txt": "a", "b.txt": "b" });
    using home = makeTree();
    await using server = startTestServer({ directory: tree.path, log: "json" });
    const args = ["-q", "-N", `${server.origin}/a.txt`, `${server.origin}/b.txt`];
    await run(wget, args, { cwd: home.path });
    writeFileSync(tree.at("b.txt"), "changed");
    await run(wget, args, { cwd: home.path });
    expect(differences(tree.path, home.path)).toEqual([]);
    const statuses = requestsOf(server).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 200, 200, 304]);
  });
}
