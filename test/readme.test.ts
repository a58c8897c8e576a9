import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { scripts, version } from "../package.json";
import { parseConfig } from "../src/cli/config.ts";
import {
  anchorsOf,
  blocksOf,
  commandsOf,
  linksOf,
  readDocument,
  type Document,
} from "./helpers/documents.ts";
import { PATIENCE_MS } from "./helpers/patience.ts";
import { portOf, runProgram } from "./helpers/program.ts";
import { startTestServer } from "./helpers/test-server.ts";
import { makeTree } from "./helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const PROJECT = resolve(import.meta.dir, "..");

const README = readDocument("README.md");
const SOURCES = readDocument("src/README.md");
const BENCH = readDocument("test/bench/README.md");
const DOCUMENTS = [
  README,
  SOURCES,
  BENCH,
  readDocument("test/deploy/README.md"),
  readDocument(".github/CONTRIBUTING.md"),
  readDocument(".github/SECURITY.md"),
];
const EACH = DOCUMENTS.map((document) => [document.path, document] as const);

const isThere = (path: string) => existsSync(join(PROJECT, path));

/** The arguments of a command that starts the server; `undefined` for any other command. */
function serverArguments(command: string): string[] | undefined {
  const [, args] =
    /^(?:(?:npx -y bun@1\.4\.5|bun) run server\.ts|(?:\S*\/)?meerkat)(?: (.*?))?(?: >>? \S+)?$/.exec(
      command,
    ) ?? [];
  return args === undefined ? undefined : args.split(/\s+/);
}

const STARTS = DOCUMENTS.flatMap((document) =>
  commandsOf(document).flatMap((command) => {
    const args = serverArguments(command);
    return args === undefined ? [] : [[document.path, command, args] as const];
  }),
);

describe("the README", () => {
  test("has at most 200 lines", () => {
    expect(README.text.split("\n").length - 1).toBeLessThanOrEqual(200);
  });

  test("npx -y bun@1.4.5 run server.ts: starts and answers", async () => {
    expect(commandsOf(README)).toContain("npx -y bun@1.4.5 run server.ts");
    const command = ["npx", "-y", "bun@1.4.5", "run", "server.ts"];
    await using program = runProgram([], { command, cwd: PROJECT, env: { PORT: "0" } });
    const port = portOf(await program.printed("REST"));
    const response = await fetch(`http://localhost:${port}/rest`);
    expect(await response.json()).toEqual({ result: 123 });
    program.signal("SIGINT");
    expect((await program.ended).stderr).not.toContain("meerkat:");
  });

  test("npx -y bun@1.4.5 test: runs a test", async () => {
    expect(commandsOf(README)).toContain("npx -y bun@1.4.5 test");
    // The whole suite is what runs this test; one file of it shows that the command works.
    const command = ["npx", "-y", "bun@1.4.5", "test", "test/http/range.test.ts"];
    await using program = runProgram([], { command, cwd: PROJECT });
    const { exitCode, stderr } = await program.ended;
    expect(stderr).toContain(" 0 fail");
    expect(exitCode).toBe(0);
  });

  test("its commands for scripts print the listing, and unpack the directory", async () => {
    using tree = makeTree({ "served/a.txt": "a", "copy/": "" });
    await using server = startTestServer({ directory: tree.at("served") });
    const said: string[] = [];
    for (const command of commandsOf(README).filter((line) => line.startsWith("curl "))) {
      const here = command.replaceAll("localhost:8000", `127.0.0.1:${server.port}`);
      await using program = runProgram([`set -o pipefail; ${here}`], {
        command: ["bash", "-c"],
        cwd: tree.at("copy"),
      });
      const { exitCode, stdout } = await program.ended;
      expect([command, exitCode]).toEqual([command, 0]);
      said.push(stdout);
    }
    const [json = "", ...others] = said;
    expect(JSON.parse(json)).toMatchObject({ entries: [{ name: "a.txt" }] });
    expect(others).toEqual(["a.txt\n", ""]);
    expect(readdirSync(tree.at("copy/served"))).toEqual(["a.txt"]);
  });

  test("has every option of --help in its table, and no other", () => {
    const help = parseConfig(["--help"], {});
    if (help.kind !== "help") throw new Error(`it is ${help.kind}`);
    const options = (text: string, pattern: RegExp) =>
      Array.from(text.matchAll(pattern), ([, name = ""]) => name).sort();
    expect(options(README.text, /^\| `(?:-\w, )?(--[a-z\d-]+)/gm)).toEqual(
      options(help.text, /^ +(?:-\w, )?(--[a-z\d-]+)/gm),
    );
  });

  test("shows figures that the page of all figures has", () => {
    const figures = ({ text }: Document) =>
      /<!-- servers -->.*?(^\| CPU.*?)\n\n/ms.exec(text)?.[1] ?? "none";
    expect(figures(README)).not.toBe("none");
    expect(figures(README)).toBe(figures(BENCH));
    expect(figures(README).split("\n").length - 2).toBeLessThanOrEqual(8);
  });
});

describe.each(EACH)("%s", (_path, document) => {
  test("links to files and headings that are there", () => {
    const links = linksOf(document);
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter(({ path }) => !isThere(path))).toEqual([]);
    const strays = links.filter(
      ({ path, anchor }) => anchor !== undefined && !anchorsOf(readDocument(path)).includes(anchor),
    );
    expect(strays).toEqual([]);
  });

  test("has commands that a shell can read, of programs and files that we have", () => {
    const blocks = blocksOf(document, "sh");
    for (const block of blocks) {
      const { exitCode, stderr } = Bun.spawnSync(["bash", "-n", "-c", block]);
      expect({ exitCode, stderr: stderr.toString() }).toEqual({ exitCode: 0, stderr: "" });
    }
    const ran = Array.from(document.text.matchAll(/\bbun run ([\w./:-]+)/g), ([, it = ""]) => it);
    expect(ran.filter((it) => !(it in scripts) && !isThere(it))).toEqual([]);
    const paths = blocks.join("").match(/(?<=\s)(?:test|src|public)\/[\w./-]+/g) ?? [];
    expect(paths.filter((path) => !isThere(path))).toEqual([]);
  });
});

test.each(STARTS)("%s: %s: has arguments that exist", (_path, _command, args) => {
  expect(parseConfig(args, {})).toMatchObject({ kind: "run" });
});

test("the newest release in CHANGELOG.md is the version of package.json", () => {
  const { text } = readDocument("CHANGELOG.md");
  expect(/^## \[(\d[^\]]*)\] - \d{4}-\d\d-\d\d$/m.exec(text)?.[1]).toBe(version);
});

/** The directories that a map draws below one of its lines, as paths from there. */
function drawnBelow(map: string, top: string): string[] {
  const lines = map.split("\n");
  const below = lines.slice(lines.findIndex((line) => line.startsWith(top)) + 1);
  const end = below.findIndex((line) => !line.startsWith(" "));
  const drawn: string[] = [];
  let room = "";
  for (const line of below.slice(0, end)) {
    const [, indent = "", name] = /^( +)([\w-]+\/) /.exec(line) ?? [];
    if (name === undefined) continue;
    room = indent.length === 2 ? name : room;
    drawn.push(indent.length === 2 ? name : `${room}${name}`);
  }
  return drawn.sort();
}

const directoriesIn = (pattern: string, top: string) =>
  Array.from(new Bun.Glob(pattern).scanSync({ cwd: join(PROJECT, top) }), (file) =>
    file.slice(0, file.lastIndexOf("/") + 1),
  );

test("the map of src/README.md has the rooms that there are", () => {
  const [map = ""] = blocksOf(SOURCES, "");
  const rooms = new Set(directoriesIn("*/**/*.ts", "src"));
  expect(drawnBelow(map, "src/")).toEqual([...rooms].sort());
});

test("the map of src/README.md has the parts of test/ that mirror no room", () => {
  const [map = ""] = blocksOf(SOURCES, "");
  const parts = new Set(directoriesIn("*/*", "test"));
  expect(drawnBelow(map, "test/")).toEqual(
    [...parts].filter((part) => !isThere(`src/${part}`)).sort(),
  );
});
