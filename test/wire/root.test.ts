import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { KeepAlive } from "../helpers/keep-alive.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { portOf, runProgram } from "../helpers/program.ts";
import { request } from "../helpers/raw-http.ts";
import { swing } from "../helpers/swing.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { TRANSPORT } from "../helpers/transport.ts";
import { makeTree, type Content, type Tree } from "../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const BROWSER = { Accept: "text/html" };
const TEXT = { Accept: "text/plain" };
const LARGE_BYTES = 1536 * 1024;

/** So many names that a directory's are kept from one request to the next. */
const MANY = 1100;

/** A release below a path, in which everything that can be asked for tells the release. */
function release(path: string, name: string, length = 1): Record<string, Content> {
  const many = Array.from({ length }, (_, index) => [`${path}/many/${name}-${index}`, ""]);
  return {
    [`${path}/index.html`]: `<p>page of ${name}</p>`,
    [`${path}/404.html`]: `<p>missing in ${name}</p>`,
    [`${path}/small.txt`]: `small of ${name}`,
    [`${path}/linked.txt`]: { link: "small.txt" },
    [`${path}/large.bin`]: Buffer.alloc(LARGE_BYTES, `large of ${name};`),
    [`${path}/list/${name}.txt`]: "",
    [`${path}/list/README.md`]: `The README of ${name}`,
    [`${path}/only-${name}.txt`]: `only in ${name}`,
    ...Object.fromEntries(many),
  };
}

/** What is asked for, and a text that the answer of a release has. */
const ASKED: readonly (readonly [
  target: string,
  fields: Record<string, string>,
  told: (name: string) => string,
])[] = [
  ["/small.txt", {}, (name) => `small of ${name}`],
  ["/linked.txt", {}, (name) => `small of ${name}`],
  ["/large.bin", {}, (name) => `large of ${name};`],
  ["/large.bin", { Range: "bytes=0-20" }, (name) => `large of ${name};`],
  ["/", {}, (name) => `page of ${name}`],
  ["/list/", TEXT, (name) => `${name}.txt`],
  ["/list/?format=json", {}, (name) => `"${name}.txt"`],
  ["/list/", BROWSER, (name) => `The README of ${name}`],
  ["/many/", TEXT, (name) => `${name}-0\n`],
  ["/list/?archive=tar", {}, (name) => `list/${name}.txt`],
  ["/missing", BROWSER, (name) => `missing in ${name}`],
];

/** Ways to bring a new release out: where each release is made, what is served, and what is done. */
const WAYS: readonly {
  readonly way: string;
  readonly releases: readonly [string, string];
  readonly links?: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly bringOut: (at: Tree["at"]) => void;
}[] = [
  {
    way: "a link that is swung, and the old release is removed",
    releases: ["r1", "r2"],
    links: { current: "r1" },
    directory: "current",
    bringOut(at) {
      swing(at("current"), "r2");
      rmSync(at("r1"), { recursive: true });
    },
  },
  {
    way: "a link that is swung, given with a slash at the end",
    releases: ["r1", "r2"],
    links: { current: "r1" },
    directory: "current/",
    bringOut: (at) => swing(at("current"), at("r2")),
  },
  {
    way: "the middle of a chain of links",
    releases: ["r1", "r2"],
    links: { current: "stable", stable: "r1" },
    directory: "current",
    bringOut(at) {
      swing(at("stable"), "r2");
      rmSync(at("r1"), { recursive: true });
    },
  },
  {
    way: "a link above the directory",
    releases: ["r1/public", "r2/public"],
    links: { current: "r1" },
    directory: "current/public",
    bringOut: (at) => swing(at("current"), "r2"),
  },
  {
    way: "the parent of where a link leads",
    releases: ["a/site", "b/site"],
    links: { current: "a/app" },
    directory: "current/../site",
    bringOut: (at) => swing(at("current"), "b/app"),
  },
  {
    way: "one directory in the place of another",
    releases: ["site", "site.new"],
    directory: "site",
    bringOut(at) {
      renameSync(at("site"), at("site.old"));
      renameSync(at("site.new"), at("site"));
    },
  },
  {
    way: "a directory that was a link before",
    releases: ["r1", "r2"],
    links: { current: "r1" },
    directory: "current",
    bringOut(at) {
      rmSync(at("current"));
      renameSync(at("r2"), at("current"));
    },
  },
];

describe("A6 the next request is answered from the new release, by", () => {
  test.each(WAYS)("$way", async ({ releases: [one, two], links = {}, directory, bringOut }) => {
    const entries = Object.entries(links).map(([name, link]) => [name, { link }]);
    using tree = makeTree({
      ...release(one, "v1"),
      ...release(two, "v2"),
      ...Object.fromEntries(entries),
      "a/app/": "",
      "b/app/": "",
    });
    await using server = startTestServer({ directory: `${tree.path}/${directory}` });
    const ask = async (target: string, fields = {}) =>
      (await request(server.port, "GET", target, fields)).body.toString();
    // Twice, so that what is kept is used.
    for (const [target, fields, told] of [...ASKED, ...ASKED]) {
      expect(await ask(target, fields), target).toContain(told("v1"));
    }
    bringOut(tree.at);
    for (const [target, fields, told] of [...ASKED, ...ASKED]) {
      const body = await ask(target, fields);
      expect(body, target).toContain(told("v2"));
      expect(body, target).not.toContain(told("v1"));
    }
    expect((await request(server.port, "GET", "/only-v1.txt")).status).toBe(404);
    expect(await ask("/only-v2.txt")).toBe("only in v2");
    expect(server.errors).toEqual([]);
  });

  // Each target first after a change: none has to be the second.
  test("a link that is swung, whatever is asked for first", async () => {
    using tree = makeTree({
      ...release("r1", "v1", MANY),
      ...release("r2", "v2", MANY),
      current: { link: "r1" },
    });
    await using server = startTestServer({ directory: tree.at("current") });
    for (const [target, fields, told] of ASKED) {
      for (const name of ["v1", "v2", "v1"]) {
        swing(tree.at("current"), name.replace("v", "r"));
        const { body } = await request(server.port, "GET", target, fields);
        expect(body.toString(), target).toContain(told(name));
      }
    }
  });

  test("a link that is swung, for a single-page application of the same size and time", async () => {
    using tree = makeTree({
      "r1/index.html": "<p>one</p>",
      "r2/index.html": "<p>two</p>",
      current: { link: "r1" },
    });
    await using server = startTestServer({ directory: tree.at("current"), spa: true });
    const ask = async () => (await request(server.port, "GET", "/a/b", BROWSER)).body.toString();
    expect(await ask()).toBe("<p>one</p>");
    swing(tree.at("current"), "r2");
    expect(await ask()).toBe("<p>two</p>");
    rmSync(tree.at("r1"), { recursive: true });
    expect(await ask()).toBe("<p>two</p>");
  });
});

test("A6 a directory that was renamed, and is led to by its new name, is served", async () => {
  using tree = makeTree({ "r1/a.txt": "inside", current: { link: "r1" } });
  await using server = startTestServer({ directory: tree.at("current") });
  expect((await request(server.port, "GET", "/a.txt")).status).toBe(200);
  renameSync(tree.at("r1"), tree.at("r2"));
  swing(tree.at("current"), "r2");
  for (const target of ["/a.txt", "/"]) {
    expect((await request(server.port, "GET", target)).status).toBe(200);
  }
});

test("A6 a root that is missing for a moment is 404, and then right again", async () => {
  using tree = makeTree({ "r1/a.txt": "one", "r2/a.txt": "two", current: { link: "r1" } });
  await using server = startTestServer({ directory: tree.at("current") });
  const ask = async (target: string) => {
    const { status, body } = await request(server.port, "GET", target, TEXT);
    return status === 200 ? body.toString() : status;
  };
  expect(await ask("/a.txt")).toBe("one");
  rmSync(tree.at("current"));
  for (const target of ["/a.txt", "/", "/?archive=tar", "/b"]) {
    expect(await ask(target), target).toBe(404);
  }
  symlinkSync("r2", tree.at("current"));
  expect(await ask("/a.txt")).toBe("two");
  expect(await ask("/")).toBe("a.txt\n");
  expect(server.errors).toEqual([]);
});

describe("A6 containment is judged by the root as it is now:", () => {
  const SECRET = "in the old release";

  test.each([
    ["a link", "../r1/x.txt", ""],
    ["a link in a directory", "../../r1/x.txt", "sub/"],
    ["an absolute link", "absolute", ""],
  ])("%s to the old release is 404, also if it was kept", async (_way, link, below) => {
    using tree = makeTree({ "r1/x.txt": SECRET, "r2/y.txt": "", current: { link: "r1" } });
    const target = link === "absolute" ? tree.at("r1/x.txt") : link;
    for (const of of ["r1", "r2"]) {
      mkdirSync(tree.at(`${of}/${below}`), { recursive: true });
      symlinkSync(target, tree.at(`${of}/${below}link.txt`));
    }
    await using server = startTestServer({ directory: tree.at("current") });
    const ask = () => request(server.port, "GET", `/${below}link.txt`);
    for (let round = 0; round < 3; round++) expect((await ask()).status).toBe(200);
    swing(tree.at("current"), "r2");
    const after = await ask();
    expect([after.status, after.body.toString().includes(SECRET)]).toEqual([404, false]);
    const listing = await request(server.port, "GET", `/${below}`, TEXT);
    expect(listing.body.toString()).not.toContain("link.txt");
    swing(tree.at("current"), "r1");
    expect((await ask()).status).toBe(200);
  });

  test("what takes the place of a root that was renamed is outside", async () => {
    using tree = makeTree({ "r1/a.txt": "", current: { link: "r1" } });
    await using server = startTestServer({ directory: tree.at("current") });
    expect((await request(server.port, "GET", "/a.txt")).status).toBe(200);
    renameSync(tree.at("r1"), tree.at("r2"));
    swing(tree.at("current"), "r2");
    mkdirSync(tree.at("r1"));
    writeFileSync(tree.at("r1/secret.txt"), SECRET);
    symlinkSync("../r1/secret.txt", tree.at("r2/link.txt"));
    expect((await request(server.port, "GET", "/link.txt")).status).toBe(404);
  });

  test.each([
    ["x.txt", "../r1/x.txt"],
    ["sub", "../r1/sub"],
  ])("what %s has become a link to in the new release is 404", async (name, link) => {
    using tree = makeTree({
      "r1/x.txt": SECRET,
      "r1/sub/x.txt": SECRET,
      "r2/y.txt": "",
      [`r2/${name}`]: { link },
      current: { link: "r1" },
    });
    const target = name === "sub" ? "/sub/x.txt" : "/x.txt";
    for (const isKept of [true, false]) {
      swing(tree.at("current"), "r1");
      await using server = startTestServer({ directory: tree.at("current") });
      const ask = async (path: string) => (await request(server.port, "GET", path)).status;
      if (isKept) expect([await ask(target), await ask(target)]).toEqual([200, 200]);
      swing(tree.at("current"), "r2");
      // What is kept costs no look at the root: it is dropped when the next one is made.
      if (isKept) expect(await ask("/y.txt")).toBe(200);
      expect(await ask(target)).toBe(404);
    }
  });

  // Not in the root itself, whose times would tell.
  test("a directory that is moved out is outside, although a link still leads to it", async () => {
    using tree = makeTree({ "www/sub/real/x.txt": SECRET, "www/sub/link": { link: "real" } });
    await using server = startTestServer({ directory: tree.at("www") });
    const ask = () => request(server.port, "GET", "/sub/link/x.txt");
    for (let round = 0; round < 3; round++) expect((await ask()).status).toBe(200);
    renameSync(tree.at("www/sub/real"), tree.at("real"));
    swing(tree.at("www/sub/link"), "../../real");
    expect((await ask()).status).toBe(404);
  });

  test("a release that shares a file with the old one by a hard link has it", async () => {
    using tree = makeTree({ "r1/x.txt": "shared", "r2/": "", current: { link: "r1" } });
    linkSync(tree.at("r1/x.txt"), tree.at("r2/x.txt"));
    await using server = startTestServer({ directory: tree.at("current") });
    expect((await request(server.port, "GET", "/x.txt")).status).toBe(200);
    swing(tree.at("current"), "r2");
    rmSync(tree.at("r1"), { recursive: true });
    expect((await request(server.port, "GET", "/x.txt")).body.toString()).toBe("shared");
  });
});

describe("A6 a relative DIR goes by where it was at the start:", () => {
  test("the process comes to work in another directory", async () => {
    using tree = makeTree({ "www/a.txt": "right", "sub/www/a.txt": "wrong" });
    const before = process.cwd();
    try {
      process.chdir(tree.path);
      await using server = startTestServer({ directory: "www" });
      process.chdir("sub");
      const { body } = await request(server.port, "GET", "/a.txt");
      expect(body.toString()).toBe("right");
    } finally {
      process.chdir(before);
    }
  });

  test.each([[[]], [["--workers", "2"]]])("that is removed, with %j", async (options) => {
    using tree = makeTree({ "r1/a.txt": "one", "r2/a.txt": "two", current: { link: "r1" } });
    mkdirSync(tree.at("start"));
    const arguments_ = ["--port", "0", ...options, "../current"];
    await using program = runProgram(arguments_, { cwd: tree.at("start") });
    const port = portOf(await program.printed("REST"));
    rmSync(tree.at("start"), { recursive: true });
    expect(await (await fetch(`http://127.0.0.1:${port}/a.txt`)).text()).toBe("one");
    swing(tree.at("current"), "r2");
    for (const target of ["a.txt", "?format=text"]) {
      const told = { "a.txt": "two", "?format=text": "a.txt\n" }[target];
      expect(await (await fetch(`http://127.0.0.1:${port}/${target}`)).text()).toBe(told ?? "");
    }
  });
});

test("A6 while the link is swung without end, every answer is a release's", async () => {
  const requests = TRANSPORT === "plain" ? 3000 : 300;
  using tree = makeTree({
    ...release("r1", "v1"),
    ...release("r2", "v2"),
    current: { link: "r1" },
  });
  await using server = startTestServer({ directory: tree.at("current") });
  const script = `
    const { renameSync, symlinkSync } = require("node:fs");
    const [link] = process.argv.slice(1);
    for (let round = 0; ; round++) {
      symlinkSync(round % 2 === 0 ? "r2" : "r1", link + ".new");
      renameSync(link + ".new", link);
    }`;
  await using swinger = Bun.spawn([process.execPath, "-e", script, tree.at("current")]);
  await using client = await KeepAlive.open(server.port);
  const targets = ["/small.txt", "/linked.txt", "/large.bin", "/list/?format=text", "/"];
  const told = /(small of|large of|page of|^)\s?(v1|v2)/;
  const seen = new Set<string | undefined>();
  for (let round = 0; round < requests || seen.size < 2; round++) {
    const target = targets[round % targets.length] ?? "/";
    // The server may close a connection that is quiet for half a second behind a file from disk.
    const isFromDisk = target === "/large.bin";
    const { status, body } = await (isFromDisk
      ? request(server.port, "GET", target)
      : client.get(target));
    const [, , name] = told.exec(body.toString("latin1", 0, 40).replace("README.md\n", "")) ?? [];
    if (status !== 200 || name === undefined) throw new Error(`${target}: ${status} ${body}`);
    seen.add(name);
  }
  swinger.kill("SIGKILL");
  await swinger.exited;
  expect([...seen].toSorted()).toEqual(["v1", "v2"]);
  expect(server.errors).toEqual([]);
});
