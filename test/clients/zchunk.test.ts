import { expect, setDefaultTimeout } from "bun:test";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { run, testWith } from "./client.ts";
import { requestsOf } from "./downloads.ts";

setDefaultTimeout(PATIENCE_MS);

const zchunkTest = testWith("zck", "zckdl");

zchunkTest("B4 zckdl brings what has changed of a file, many ranges at once", async () => {
  const content = randomBytes(4_000_000);
  using tree = makeTree({ "served/": "", "home/old": content });
  await run("zck", ["-o", "old.zck", "old"], { cwd: tree.at("home") });
  for (let place = 0; place < content.length; place += 100_000)
    content.fill("newer", place, place + 5);
  writeFileSync(tree.at("new"), content);
  await run("zck", ["-o", "served/new.zck", "new"], { cwd: tree.path });
  await using server = startTestServer({ directory: tree.at("served"), log: "json" });
  const args = ["-s", "old.zck", `${server.origin}/new.zck`];
  await run("zckdl", args, { cwd: tree.at("home") });
  const [made, wanted] = ["home/new.zck", "served/new.zck"].map((path) =>
    readFileSync(tree.at(path)),
  );
  expect(made?.equals(wanted ?? Buffer.alloc(0))).toBeTrue();
  const bytes = requestsOf(server).reduce((sum, answer) => sum + answer.bytes, 0);
  expect(bytes).toBeLessThan(content.length * 0.8);
});
