import { expect, setDefaultTimeout } from "bun:test";
import { randomBytes } from "node:crypto";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { run, testWith } from "./client.ts";
import { differences } from "./mirrors.ts";

setDefaultTimeout(PATIENCE_MS);

const axelTest = testWith("axel");

axelTest("A1 axel -n 8 brings a file in eight parts at once, under its own name", async () => {
  using tree = makeTree({ "large.zip": randomBytes(3_000_001) });
  using home = makeTree();
  await using server = startTestServer({ directory: tree.path });
  await run("axel", ["-q", "-n", "8", `${server.origin}/large.zip`], { cwd: home.path });
  expect(differences(tree.path, home.path, "contents")).toEqual([]);
});
