import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { portOf, runProgram, type Program } from "../helpers/program.ts";
import { makeTree, type Tree } from "../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const PAGE = "<p>the page</p>";
const BESIDE = "beside.txt";
const NOBODY = "65534";

/** Root may read everything, so the server is somebody else, in a process of its own. */
const SETPRIV = Bun.which("setpriv");
const IS_ROOT = process.geteuid?.() === 0;
const obstacle = IS_ROOT && SETPRIV === null ? "needs setpriv, as root may read everything" : "";
if (obstacle !== "") console.warn(`permissions.test.ts is skipped: it ${obstacle}`);

const own = [process.execPath, "run", resolve(import.meta.dir, "../../server.ts")];
const flags = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
const command = IS_ROOT && SETPRIV !== null ? [SETPRIV, ...flags, ...own] : own;

/** Modes of a directory, as the server's user has them: r to list it, x to open what is in it. */
const DIRECTORIES: readonly (readonly [
  name: string,
  mode: number,
  index: "page" | "closed" | "none",
])[] = [
  ["open-page", 0o755, "page"],
  ["open-closed", 0o755, "closed"],
  ["x-page", 0o711, "page"],
  ["x-closed", 0o711, "closed"],
  ["x-none", 0o711, "none"],
  ["wx-page", 0o333, "page"],
  ["wx-none", 0o333, "none"],
  ["r-page", 0o444, "page"],
  ["r-none", 0o444, "none"],
  ["nothing-page", 0o000, "page"],
  ["nothing-none", 0o000, "none"],
];

/** By the directory's name: what its slash, a file in it and an archive of it come to. */
const ANSWERS: Readonly<Record<string, readonly [slash: number, file: number, archive: number]>> = {
  "open-page": [200, 200, 200],
  "open-closed": [403, 200, 403],
  "x-page": [200, 200, 200],
  "x-closed": [403, 200, 403],
  "x-none": [403, 200, 403],
  "wx-page": [200, 200, 200],
  "wx-none": [403, 200, 403],
  "r-page": [403, 403, 403],
  "r-none": [403, 403, 403],
  "nothing-page": [403, 403, 403],
  "nothing-none": [403, 403, 403],
};

describe.skipIf(obstacle !== "")("A8 a server that is not root", () => {
  let tree: Tree;
  let program: Program;
  let origin: string;

  beforeAll(async () => {
    tree = makeTree();
    chmodSync(tree.path, 0o755);
    for (const [name, mode, index] of DIRECTORIES) {
      mkdirSync(tree.at(name));
      writeFileSync(tree.at(`${name}/${BESIDE}`), BESIDE);
      if (index !== "none") writeFileSync(tree.at(`${name}/index.html`), PAGE);
      if (index === "closed") chmodSync(tree.at(`${name}/index.html`), 0o000);
      chmodSync(tree.at(name), mode);
    }
    program = runProgram([tree.path, "--port", "0"], { command });
    origin = `http://127.0.0.1:${portOf(await program.printed("REST"))}`;
  });

  afterAll(async () => {
    await program[Symbol.asyncDispose]();
    for (const [name] of DIRECTORIES) chmodSync(tree.at(name), 0o700);
    tree[Symbol.dispose]();
  });

  const ask = (target: string, init: RequestInit = {}) =>
    fetch(`${origin}${target}`, { redirect: "manual", ...init });

  test.each(DIRECTORIES)("answers for %s, of mode %o with index.html: %s", async (name) => {
    const [slash, file, archive] = ANSWERS[name] ?? [0, 0, 0];
    const targets = [
      [`/${name}/`, slash],
      [`/${name}/?format=json`, slash],
      [`/${name}/?format=text`, slash],
      [`/${name}/${BESIDE}`, file],
      [`/${name}/?archive=tar`, archive],
      [`/${name}/?archive=tar.gz`, archive],
      [`/${name}`, 301],
    ] as const;
    for (const [target, status] of targets) {
      for (const method of ["GET", "HEAD"]) {
        const response = await ask(target, { method });
        const body = await response.text();
        expect([method, target, response.status]).toEqual([method, target, status]);
        if (status === 200 && method === "GET") {
          expect(body).toBe(target.endsWith(BESIDE) ? BESIDE : PAGE);
        } else expect(body).not.toContain(BESIDE);
      }
    }
  });

  test("lists the directories that it may not read, and archives what it may", async () => {
    const listing = await (await ask("/?format=text")).text();
    for (const [name] of DIRECTORIES) expect(listing).toContain(`${name}/\n`);
    const archive = await ask("/?archive=tar");
    const body = await archive.text();
    expect(archive.status).toBe(200);
    expect(body).toContain(`open-page/${BESIDE}`);
    expect(body).not.toContain(`x-none/${BESIDE}`);
  });

  test.each([
    ["index.html", [200, 200]],
    ["none.txt", [403, 200]],
  ] as const)("serves a root of mode 711 with %s", async (name, statuses) => {
    using closed = makeTree({ [name]: PAGE });
    chmodSync(closed.path, 0o711);
    await using other = runProgram([closed.path, "--port", "0"], { command });
    const port = portOf(await other.printed("REST"));
    for (const [index, target] of ["/", `/${name}`].entries()) {
      const { status } = await fetch(`http://127.0.0.1:${port}${target}`);
      expect([target, status]).toEqual([target, statuses[index] ?? 0]);
    }
  });

  test("--no-index hides nothing behind a page that may not be read", async () => {
    await using other = runProgram([tree.path, "--port", "0", "--no-index"], { command });
    const port = portOf(await other.printed("REST"));
    const statusOf = async (name: string) =>
      (await fetch(`http://127.0.0.1:${port}/${name}/`)).status;
    expect(await statusOf("x-page")).toBe(200);
    expect(await statusOf("open-closed")).toBe(403);
    expect(await statusOf("x-none")).toBe(404);
  });
});

/** By the mode of DIR and that of its index.html, if it has one: the line at the start. */
const RESTRICTIONS: readonly (readonly [
  mode: number,
  page: number | undefined,
  args: readonly string[],
  line: RegExp | undefined,
])[] = [
  [0o000, undefined, [], /it may not be entered, so nothing in it can be served; .*chmod a\+rx/],
  [0o000, 0o644, [], /nothing in it can be served/],
  [0o644, 0o644, [], /nothing in it can be served/],
  [0o000, undefined, ["--no-index"], /nothing in it can be served/],
  [0o000, undefined, ["--workers", "2"], /nothing in it can be served/],
  [0o711, undefined, [], /it may not be read, so no listing can be shown; .*index\.html/],
  [0o711, undefined, ["--workers", "2"], /no listing can be shown/],
  [0o755, 0o000, [], /its index\.html may not be read, .*chmod a\+r/],
  [0o711, 0o000, ["--no-index"], /its index\.html may not be read/],
  [0o711, undefined, ["--no-index"], undefined],
  [0o711, 0o644, [], undefined],
  [0o755, undefined, [], undefined],
  [0o755, 0o644, ["--workers", "2"], undefined],
];

describe.skipIf(obstacle !== "")("C9 a DIR that may not be read is named at the start", () => {
  test.each(RESTRICTIONS)("mode %o, index.html of mode %o, %j: %p", async (...row) => {
    const [mode, page, args, line] = row;
    using closed = makeTree(page === undefined ? {} : { "index.html": PAGE });
    if (page !== undefined) chmodSync(closed.at("index.html"), page);
    chmodSync(closed.path, mode);
    await using program = runProgram([closed.path, "--port", "0", ...args], { command });
    const port = portOf(await program.printed("REST"));
    // It goes on, and says of each request what it may not.
    expect((await fetch(`http://127.0.0.1:${port}/rest`)).status).toBe(200);
    program.signal("SIGINT");
    const { exitCode, stderr } = await program.ended;
    chmodSync(closed.path, 0o700);
    expect(exitCode).toBe(0);
    if (line === undefined) expect(stderr).toBe("");
    else expect(stderr).toStartWith(`meerkat: ${closed.path}: `);
    expect(stderr).toMatch(line ?? /^$/);
    expect(stderr.split("\n").length).toBe(line === undefined ? 1 : 2);
  });
});
