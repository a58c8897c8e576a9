import { expect, setDefaultTimeout } from "bun:test";
import { utimesSync } from "node:fs";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { describeTree } from "../helpers/unpack.ts";
import { useTestServer } from "../helpers/use-test-server.ts";
import { HOSTILE_NAMES } from "../files/listing/hostile-names.ts";
import { run, testWith } from "./client.ts";
import { differences, makeAgedTree, makeMirrorTree, MANY } from "./mirrors.ts";

setDefaultTimeout(PATIENCE_MS);

const rcloneTest = testWith("rclone");

const { tree, server } = useTestServer(makeMirrorTree);

/** Runs a command of rclone with the server as `:http:`, and without a file of settings. */
async function rclone(origin: string, ...args: readonly string[]): Promise<string> {
  const options = ["--http-url", origin, "--config", ""];
  return (await run("rclone", [...args, ...options], { cwd: "/" })).stdout;
}

rcloneTest(
  `B1 rclone copy brings exactly the tree, with ${MANY} files in a directory`,
  async () => {
    using home = makeTree();
    await rclone(server.origin, "copy", ":http:", home.path);
    expect(differences(tree.path, home.path)).toEqual([]);
  },
);

rcloneTest("B1 rclone sync into a complete copy changes nothing", async () => {
  using copy = makeMirrorTree();
  const before = describeTree(copy.path);
  await rclone(server.origin, "sync", ":http:", copy.path);
  expect(describeTree(copy.path)).toEqual(before);
});

rcloneTest("B1 rclone lsl tells the sizes and the times of files", async () => {
  const files = [
    { path: "empty", bytes: 0, time: "1985-10-26 08:15:00.000000000" },
    { path: "small.txt", bytes: 5, time: "2020-02-29 00:00:01.000000000" },
    { path: "deep/er/large.bin", bytes: 1_100_000, time: "2024-12-31 23:59:59.000000000" },
  ];
  using tree = makeTree(Object.fromEntries(files.map((it) => [it.path, Buffer.alloc(it.bytes)])));
  for (const { path, time } of files)
    utimesSync(tree.at(path), new Date(`${time}Z`), new Date(`${time}Z`));
  await using server = startTestServer({ directory: tree.path });
  const lines = (await rclone(server.origin, "lsl", ":http:")).trimEnd().split("\n");
  const told = lines.map((line) => line.trim()).sort();
  expect(told).toEqual(files.map(({ path, bytes, time }) => `${bytes} ${time} ${path}`).sort());
});

/** Those that we serve: no dotfiles, no backslashes. */
const SERVED_NAMES = HOSTILE_NAMES.filter((name) => !/^\.|\\/.test(name));

rcloneTest("B1 rclone copy brings hostile names", async () => {
  using tree = makeAgedTree(Object.fromEntries(SERVED_NAMES.map((name) => [name, name])));
  using home = makeTree();
  await using server = startTestServer({ directory: tree.path });
  await rclone(server.origin, "copy", ":http:", home.path);
  expect(differences(tree.path, home.path)).toEqual([]);
});
