import { expect, setDefaultTimeout } from "bun:test";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { run, testWith } from "./client.ts";

setDefaultTimeout(PATIENCE_MS);

testWith("w3m")("w3m -dump shows every name of an index", async () => {
  const names = ["100%.txt", "a b.txt", "<b>&amp;.txt", "ü.txt"];
  using tree = makeTree({
    ...Object.fromEntries(names.map((name) => [name, ""])),
    "directory/c.txt": "",
  });
  await using server = startTestServer({ directory: tree.path });
  const args = ["-dump", "-cols", "200", `${server.origin}/`];
  const { stdout } = await run("w3m", args, { cwd: "/" });
  for (const name of [...names, "directory"]) expect(stdout).toContain(name);
});
