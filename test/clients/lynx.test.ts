import { expect, setDefaultTimeout } from "bun:test";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { run, testWith } from "./client.ts";

setDefaultTimeout(PATIENCE_MS);

const lynxTest = testWith("lynx");

/** Runs lynx without settings of the machine. */
async function lynx(...args: readonly string[]): Promise<string> {
  const options = ["-cfg=/dev/null", "-lss=/dev/null", "-display_charset=utf-8", "-width=200"];
  return (await run("lynx", [...options, ...args], { cwd: "/" })).stdout;
}

lynxTest("lynx shows every name of an index, and links that lead there", async () => {
  const names = ["100%.txt", "a b.txt", "<b>&amp;.txt", "ü.txt"];
  using tree = makeTree({
    ...Object.fromEntries(names.map((name) => [name, ""])),
    "directory/c.txt": "",
  });
  await using server = startTestServer({ directory: tree.path });
  const page = await lynx("-dump", "-nolist", `${server.origin}/`);
  for (const name of [...names, "directory"]) expect(page).toContain(name);
  // It shows addresses as a person would write them.
  const links = await lynx("-dump", "-listonly", "-nonumbers", `${server.origin}/`);
  for (const name of [...names, "directory/"])
    expect(links).toContain(`${server.origin}/${name}\n`);
});
