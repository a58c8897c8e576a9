import { expect, setDefaultTimeout } from "bun:test";
import { randomBytes } from "node:crypto";
import { readdirSync, statSync, utimesSync } from "node:fs";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { useTestServer } from "../helpers/use-test-server.ts";
import { run, testWith } from "./client.ts";
import { differences, makeMirrorTree, MANY } from "./mirrors.ts";

setDefaultTimeout(PATIENCE_MS);

const lftpTest = testWith("lftp");

const { tree, server } = useTestServer(makeMirrorTree);

const SETTINGS = [
  "set cmd:fail-exit yes",
  // Its log of transfers goes to standard error where there is no home.
  "set xfer:log no",
  // It tries again after 30 s where a connection was reset. Here it says so, and need not wait.
  "set net:reconnect-interval-base 0",
  "debug 0",
];

/** What begins a message about a connection that is not as it should be. */
const TROUBLE = "**** ";

/** Runs commands of lftp; throws unless all of them end well, without a second try. */
async function lftp(commands: readonly string[], cwd: string): Promise<string> {
  const script = [...SETTINGS, ...commands].join("; ");
  const { stdout, stderr } = await run("lftp", ["--norc", "-c", script], { cwd });
  const troubles = stderr.split("\n").filter((line) => line.startsWith(TROUBLE));
  if (troubles.length > 0) throw new Error(`lftp had to try again: ${troubles.join("\n")}`);
  return stdout;
}

lftpTest(
  `B1 B2 lftp mirror brings exactly the tree, with ${MANY} files in a directory`,
  async () => {
    using home = makeTree();
    await lftp([`mirror ${server.origin}/ ${home.path}`], "/");
    expect(differences(tree.path, home.path)).toEqual([]);
  },
);

lftpTest("B2 lftp mirror --delete into a complete copy changes nothing", async () => {
  using copy = makeMirrorTree();
  const said = await lftp([`mirror --delete --verbose ${server.origin}/ ${copy.path}`], "/");
  expect({ said, differences: differences(tree.path, copy.path) }).toEqual({
    said: "",
    differences: [],
  });
});

lftpTest("B1 lftp ls reads the size and the time of an entry in the listing", async () => {
  using tree = makeTree({ "a.txt": "12345", "b/c.txt": "123" });
  utimesSync(tree.at("a.txt"), 1_582_934_461, 1_582_934_461);
  utimesSync(tree.at("b"), 1_582_934_401, 1_582_934_401);
  await using server = startTestServer({ directory: tree.path });
  const lines = (await lftp([`open ${server.origin}/`, "ls"], "/")).trimEnd().split("\n");
  const entries = lines.map((line) => line.split(/ +/)).filter((parts) => parts.at(-1) !== "..");
  expect(entries).toEqual([
    ["drwxr-xr-x", "-", "2020-02-29", "00:00", "b"],
    ["-rw-r--r--", "5", "2020-02-29", "00:01", "a.txt"],
  ]);
});

lftpTest(`B1 lftp cls tells the sizes of ${MANY} files, for which it pipelines HEADs`, async () => {
  const said = await lftp([`open ${server.origin}/many/`, "cls -1 --size --block-size=1"], "/");
  const told = said
    .trimEnd()
    .split("\n")
    .map((line) => line.trim());
  const sizeOf = (name: string) => statSync(tree.at(`many/${name}`)).size;
  const wanted = readdirSync(tree.at("many")).map((name) => `${sizeOf(name)} ${name}`);
  expect(told.sort()).toEqual(wanted.sort());
});

lftpTest("lftp pget brings a file in eight parts at once", async () => {
  const content = new Uint8Array(randomBytes(3_000_001));
  using tree = makeTree({ "large.bin": content });
  using home = makeTree();
  await using server = startTestServer({ directory: tree.path });
  await lftp([`pget -n 8 ${server.origin}/large.bin`], home.path);
  expect(differences(tree.path, home.path, "contents")).toEqual([]);
});
