import { expect, setDefaultTimeout } from "bun:test";
import { randomBytes } from "node:crypto";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { run, testWith } from "./client.ts";
import { requestsOf } from "./downloads.ts";
import { differences } from "./mirrors.ts";

setDefaultTimeout(PATIENCE_MS);

testWith("busybox")("busybox wget -c continues half a file", async () => {
  const content = randomBytes(3_000_001);
  using tree = makeTree({ "large.bin": content });
  using home = makeTree({ "large.bin": content.subarray(0, 1_500_000) });
  await using server = startTestServer({ directory: tree.path, log: "json" });
  await run("busybox", ["wget", "-q", "-c", `${server.origin}/large.bin`], { cwd: home.path });
  expect(differences(tree.path, home.path, "contents")).toEqual([]);
  expect(requestsOf(server)).toMatchObject([{ status: 206, bytes: 1_500_001 }]);
});
