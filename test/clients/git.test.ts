import { expect, setDefaultTimeout } from "bun:test";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { run, testWith } from "./client.ts";

setDefaultTimeout(PATIENCE_MS);

const gitTest = testWith("git");

const ENV = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_AUTHOR_NAME: "Nobody",
  GIT_AUTHOR_EMAIL: "nobody@example.com",
  GIT_COMMITTER_NAME: "Nobody",
  GIT_COMMITTER_EMAIL: "nobody@example.com",
} as const;

/** Runs a command of git, without anybody's settings, and returns what it prints. */
async function git(cwd: string, ...args: readonly string[]): Promise<string> {
  return (await run("git", args, { cwd, env: ENV })).stdout;
}

gitTest("git clone and git pull bring a repository over dumb HTTP, packed and loose", async () => {
  using tree = makeTree({
    "work/a.txt": "a",
    "work/large.bin": randomBytes(1_500_000),
    "served/": "",
  });
  const [work, bare] = [tree.at("work"), tree.at("served/repository.git")];
  const publish = async (message: string) => {
    await git(work, "add", ".");
    await git(work, "commit", "-q", "-m", message);
    await git(work, "push", "-q", bare, "main");
    await git(bare, "update-server-info");
    return await git(work, "rev-parse", "HEAD");
  };
  await git(work, "init", "-q", "-b", "main");
  await git(tree.path, "init", "-q", "--bare", "-b", "main", bare);
  const first = await publish("first");
  await git(bare, "repack", "-q", "-a", "-d"); // the large file comes in a pack…
  await git(bare, "update-server-info");

  await using server = startTestServer({ directory: tree.at("served") });
  const [copy, url] = [tree.at("copy"), `${server.origin}/repository.git`];
  await git(tree.path, "clone", "-q", url, copy);
  expect(await git(copy, "rev-parse", "HEAD")).toBe(first);
  writeFileSync(tree.at("work/b.txt"), "b"); // …and what is new as loose objects
  const second = await publish("second");
  await git(copy, "pull", "-q");
  expect(await git(copy, "rev-parse", "HEAD")).toBe(second);
  await git(copy, "fsck", "--strict");
  expect(await git(copy, "status", "--porcelain")).toBe("");
});
