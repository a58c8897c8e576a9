import { expect, setDefaultTimeout } from "bun:test";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { run, testWith } from "./client.ts";

setDefaultTimeout(PATIENCE_MS);

const npmTest = testWith("npm", "tar");

npmTest("A1 npm install takes a package by its address", async () => {
  const content = randomBytes(1_200_000);
  using tree = makeTree({
    "package/package.json": JSON.stringify({ name: "demo", version: "1.0.0" }),
    "package/large.bin": content,
    "home/package.json": "{}",
    "served/": "",
  });
  await run("tar", ["-czf", "served/demo-1.0.0.tgz", "package"], { cwd: tree.path });
  await using server = startTestServer({ directory: tree.at("served") });
  const options = ["--no-audit", "--no-fund", "--no-update-notifier", "--cache", tree.at("cache")];
  const args = ["install", ...options, `${server.origin}/demo-1.0.0.tgz`];
  await run("npm", args, { cwd: tree.at("home") });
  expect(readFileSync(tree.at("home/node_modules/demo/large.bin")).equals(content)).toBeTrue();
});
