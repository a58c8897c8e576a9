import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseConfig } from "../src/cli/config.ts";
import { runProgram } from "./helpers/program.ts";
import { PATIENCE_MS } from "./helpers/patience.ts";

setDefaultTimeout(PATIENCE_MS);

const PROJECT = resolve(import.meta.dir, "..");
const README = readFileSync(resolve(PROJECT, "README.md"), "utf8");

/** The lines of the README's shell blocks, without comments. */
function commands(): string[] {
  return Array.from(README.matchAll(/^```sh\n(.*?)^```/gms), ([, block = ""]) => block)
    .flatMap((block) => block.split("\n"))
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

describe("the README's commands", () => {
  test("are there, with and without Bun installed", () => {
    expect(commands()).toContain("npx -y bun@1.4.5 run server.ts");
    expect(commands()).toContain("npx -y bun@1.4.5 test");
    expect(commands()).toContain("bun run server.ts");
    expect(commands()).toContain("bun test");
  });

  test("npx -y bun@1.4.5 run server.ts: starts and answers", async () => {
    const command = ["npx", "-y", "bun@1.4.5", "run", "server.ts"];
    await using program = runProgram([], { command, cwd: PROJECT, env: { PORT: "0" } });
    const banner = await program.printed("REST");
    const [, origin = ""] = /REST +(http:\S+)\/rest/.exec(banner) ?? [];
    expect(await (await fetch(`${origin}/rest`)).json()).toEqual({ result: 123 });
    program.signal("SIGINT");
    expect((await program.ended).stderr).not.toContain("meerkat:");
  });

  test("npx -y bun@1.4.5 test: runs a test", async () => {
    // The whole suite is what runs this test; one file of it shows that the command works.
    const command = ["npx", "-y", "bun@1.4.5", "test", "test/files/root/target.test.ts"];
    await using program = runProgram([], { command, cwd: PROJECT });
    const { exitCode, stderr } = await program.ended;
    expect(stderr).toContain(" 0 fail");
    expect(exitCode).toBe(0);
  });

  test.each(commands().filter((line) => /^(bun|npx -y bun@1\.4\.5) run server\.ts /.test(line)))(
    "%s: has arguments that exist",
    (line) => {
      const args = line
        .slice(line.indexOf("server.ts") + "server.ts".length)
        .trim()
        .split(/\s+/);
      expect(parseConfig(args, {}).kind).not.toBe("usage-error");
    },
  );
});

test("every option of --help is in the README's table, and no other", () => {
  const help = parseConfig(["--help"], {});
  if (help.kind !== "help") throw new Error(`it is ${help.kind}`);
  const options = (text: string, pattern: RegExp) =>
    Array.from(text.matchAll(pattern), ([, name = ""]) => name).sort();
  expect(options(README, /^\| `(?:-\w, )?(--[a-z-]+)/gm)).toEqual(
    options(help.text, /^ +(?:-\w, )?(--[a-z-]+)/gm),
  );
});

test("every picture and file that the README links to is there", async () => {
  const links = Array.from(README.matchAll(/\]\((?!https?:)([^)#]+)/g), ([, link = ""]) => link);
  expect(links.length).toBeGreaterThan(0);
  for (const link of links)
    expect(await Bun.file(resolve(PROJECT, link)).exists(), link).toBe(true);
});
