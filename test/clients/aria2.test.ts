import { expect, setDefaultTimeout } from "bun:test";
import { randomBytes } from "node:crypto";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree, type Tree } from "../helpers/tree.ts";
import { run, testWith } from "./client.ts";
import { DOWNLOAD_NAMES, makeDownloads, requestsOf } from "./downloads.ts";
import { differences } from "./mirrors.ts";

setDefaultTimeout(PATIENCE_MS);

const aria2Test = testWith("aria2c");

/** Runs aria2c without a settings file and without the minute that it may spend on allocating. */
async function aria2(home: Tree, ...args: readonly string[]): Promise<void> {
  const options = ["--no-conf", "--quiet", "--file-allocation=none"];
  await run("aria2c", [...options, ...args], { cwd: home.path });
}

aria2Test("aria2c -x16 -s16 brings a file of 30 MB in sixteen parts at once", async () => {
  using tree = makeTree({ "large.bin": randomBytes(30_000_001) });
  using home = makeTree();
  await using server = startTestServer({ directory: tree.path, log: "json" });
  await aria2(home, "-x16", "-s16", "-k1M", `${server.origin}/large.bin`);
  expect(differences(tree.path, home.path, "contents")).toEqual([]);
  const parts = requestsOf(server).filter(({ status }) => status === 206);
  expect(parts.length).toBeGreaterThanOrEqual(15); // the first request has no Range
});

aria2Test("A1 aria2c saves files under their own names", async () => {
  using tree = makeDownloads();
  using home = makeTree();
  await using server = startTestServer({ directory: tree.path });
  const urls = DOWNLOAD_NAMES.map((name) => `${server.origin}/${name}`);
  await aria2(home, "-Z", "--remote-time", ...urls);
  expect(differences(tree.path, home.path)).toEqual([]);
});
