import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  readdirSync,
  renameSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { basename } from "node:path";
import { Archives } from "../../src/files/archive/archive.ts";
import { DocumentRoot } from "../../src/files/root/document-root.ts";
import { Slices } from "../../src/files/slices/slices.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { exchange, field, formatRequest, request } from "../helpers/raw-http.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { describeTree, unpack } from "../helpers/unpack.ts";
import { useTestServer, useTree } from "../helpers/use-test-server.ts";
import { HOSTILE_NAMES } from "../files/listing/hostile-names.ts";

setDefaultTimeout(PATIENCE_MS);

const SECRET = "outside the root";
const FORMATS = ["tar", "tar.gz"] as const;
const MEBIBYTE = 1024 * 1024;

/** The hostile names that an archive shows and that one entry can have. */
const NAMES = HOSTILE_NAMES.map((name) => name.replaceAll("/", "\u2215")).filter(
  (name) => !name.startsWith(".") && !name.includes("\\"),
);

const outside = useTree({ "secret.txt": SECRET, "sub/secret.txt": SECRET });
const { tree, server } = useTestServer({
  "docs/guide.txt": "a guide",
  "docs/empty.txt": "",
  "docs/empty/": "",
  "docs/run.sh": "#!/bin/sh\n",
  // Around the sizes of blocks and of what is read and sent at once.
  ...Object.fromEntries(
    [511, 512, 513, 65_536, 131_071, 131_072, 131_073, 3 * MEBIBYTE + 1].map((bytes) => [
      `docs/sizes/${bytes}`,
      Buffer.from(Array.from({ length: 251 }, (_, index) => index))
        .toString("latin1")
        .repeat(Math.ceil(bytes / 251))
        .slice(0, bytes),
    ]),
  ),
  ...Object.fromEntries(NAMES.map((name) => [`docs/names/${name}`, `this is ${name}`])),
  [`docs/deep/${Array(14).fill("d".repeat(250)).join("/")}/file.txt`]: "far down",
  "huge/zeros.bin": "",
  "page/index.html": "<p>a page</p>",
  "page/beside.txt": "beside it",
  'new\nline "é"/x.txt': "x",
  "file.txt": "a file",
});

beforeAll(() => {
  truncateSync(tree.at("huge/zeros.bin"), 2048 * MEBIBYTE);
  chmodSync(tree.at("docs/run.sh"), 0o755);
  for (const name of ["guide.txt", "empty", "names"]) utimesSync(tree.at(`docs/${name}`), 1e9, 1e9);
});

describe.each(FORMATS)("?archive=%s", (format) => {
  test("unpacks to the tree it was made of: names, bytes, modes and times", async () => {
    const { status, body } = await request(server.port, "GET", `/docs/?archive=${format}`);
    expect(status).toBe(200);
    using unpacked = unpack(body, format);
    expect(readdirSync(unpacked.path)).toEqual(["docs"]);
    expect(describeTree(unpacked.at("docs"))).toEqual(describeTree(tree.at("docs")));
  });

  test("is the same for several at once", async () => {
    const get = () => request(server.port, "GET", `/docs/?archive=${format}`);
    const [first, ...others] = await Promise.all([get(), get(), get()]);
    for (const { body } of others) expect(body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
  });

  test("is sent to HTTP/1.0 without chunks, to the end of the connection", async () => {
    const { rest } = await exchangeOld(server.port, `/docs/?archive=${format}`);
    const chunked = await request(server.port, "GET", `/docs/?archive=${format}`);
    expect(rest.equals(chunked.body)).toBe(true);
  });

  test("HEAD has the headers of GET, and makes no archive", async () => {
    const fields = async (method: string) => {
      const target = `/docs/?archive=${format}`;
      const { status, fields } = await request(server.port, method, target);
      const kept = fields.filter(([name]) => name !== "Date");
      return [status, kept.map(([name, value]) => [name.toLowerCase(), value])];
    };
    const head = await fields("HEAD");
    expect(head).toEqual(await fields("GET"));
    // Were it made, there would be no end to it, and none of these would find a place.
    for (let round = 0; round < 20; round++) {
      expect((await request(server.port, "HEAD", `/huge/?archive=${format}`)).status).toBe(200);
    }
    const pair = formatRequest("HEAD", `/huge/?archive=${format}`) + formatRequest("GET", "/rest");
    const { responses } = await exchange(server.port, pair, ["HEAD", "GET"]);
    expect(responses.map(({ status }) => status)).toEqual([200, 200]);
  });
});

/** Requests a target with HTTP/1.0 and returns the bytes after the head of the answer. */
async function exchangeOld(port: number, target: string): Promise<{ rest: Buffer }> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (data) => chunks.push(data as Buffer)); // bytes, as no encoding is set
  socket.on("close", () => resolve(Buffer.concat(chunks)));
  socket.on("error", reject);
  socket.write(`GET ${target} HTTP/1.0\r\nHost: localhost\r\n\r\n`);
  const received = await promise;
  const head = received.toString("latin1", 0, received.indexOf("\r\n\r\n"));
  expect(head).toStartWith("HTTP/1.1 200 ");
  expect(head.toLowerCase()).not.toContain("transfer-encoding");
  return { rest: received.subarray(head.length + 4) };
}

test.each([
  ["/docs/?archive=zip", 400, "?archive=tar or ?archive=tar.gz"],
  ["/docs/?archive=", 400, "?archive=tar or ?archive=tar.gz"],
  ["/docs/?archive", 400, "?archive=tar or ?archive=tar.gz"],
  ["/docs/?archive=TAR", 400, "?archive=tar or ?archive=tar.gz"],
  ["/docs/?archive=zip&archive=tar", 400, "?archive=tar or ?archive=tar.gz"],
  ["/nothing/?archive=tar", 404, "nothing at this address"],
  ["/file.txt/?archive=tar", 404, "nothing at this address"],
  ["/..%2f/?archive=tar", 404, "nothing at this address"],
  ["/%zz/?archive=tar", 400, "cannot be read"],
  ["/docs?archive=tar", 301, ""],
  // The query of a page is the page's own.
  ["/page/?archive=tar", 200, "<p>a page</p>"],
  ["/file.txt?archive=tar", 200, "a file"],
])("GET %s is %i", async (target, status, words) => {
  const response = await request(server.port, "GET", target);
  expect(response.status).toBe(status);
  expect(response.body.toString()).toContain(words);
  const location = status === 301 ? "docs/?archive=tar" : undefined;
  expect(field(response, "location")).toBe(location);
  expect(field(response, "content-type") ?? "").not.toMatch(/tar|gzip/);
});

test("--no-index makes no archives, which show what a listing would", async () => {
  await using closed = startTestServer({ directory: tree.path, index: false });
  expect((await request(closed.port, "GET", "/docs/?archive=tar")).status).toBe(404);
  expect((await request(closed.port, "HEAD", "/docs/?archive=zip")).status).toBe(404);
});

test("the archive is named after the directory, whatever that is called", async () => {
  const target = "/new%0Aline%20%22%C3%A9%22/?archive=tar";
  const response = await request(server.port, "GET", target);
  expect(field(response, "content-disposition")).toBe(
    `attachment; filename="new_line ___.tar"; filename*=UTF-8''new%0Aline%20%22%C3%A9%22.tar`,
  );
  using unpacked = unpack(response.body, "tar");
  expect(readdirSync(unpacked.path)).toEqual(['new\nline "é"']);
  expect(field(response, "content-type")).toBe("application/x-tar");
  expect(field(response, "cache-control")).toBe("no-store");
  expect(field(response, "accept-ranges")).toBeUndefined();
});

test("the root has its own name, unless that is one to be hidden", async () => {
  using roots = makeTree({ "site/a": "a", ".hidden/a": "a", "back\\slash/a": "a" });
  const names = [
    ["site", "site"],
    [".hidden", "files"],
    ["back\\slash", "files"],
  ] as const;
  for (const [directory, name] of names) {
    await using open = startTestServer({ directory: roots.at(directory) });
    using unpacked = unpack((await request(open.port, "GET", "/?archive=tar")).body, "tar");
    expect(Object.keys(describeTree(unpacked.path))).toEqual([name, `${name}/a`]);
  }
});

test("a directory with an index.html is whole in the archive of the one above", async () => {
  using site = makeTree({ "page/index.html": "<p>a page</p>", "page/beside.txt": "beside it" });
  await using open = startTestServer({ directory: site.path });
  const name = basename(site.path);
  using unpacked = unpack((await request(open.port, "GET", "/?archive=tar")).body, "tar");
  expect(describeTree(unpacked.at(name))).toEqual(describeTree(site.path));
});

describe("what an archive leaves out, and what becomes of links", () => {
  const mixed = useTree(() =>
    makeTree({
      "sub/inner/deep.txt": "deep",
      "sub/plain.txt": "plain",
      "sub/.env": SECRET,
      "sub/.git/config": SECRET,
      "other/far.txt": "far",
      // Links to files: the files.
      "sub/a-link": { link: "plain.txt" },
      "sub/inner/far-link": { link: "../../other/far.txt" },
      "sub/to-dotfile": { link: ".env-shown" },
      "sub/.env-shown": "by a visible name",
      // Links to directories of the tree: links, also where they make a cycle.
      "sub/dir-link": { link: "inner" },
      "sub/inner/up": { link: ".." },
      "sub/inner/self": { link: "." },
      "sub/chain": { link: "dir-link" },
      // Links to what is not in the tree.
      "sub/other-link": { link: "../other" },
      "sub/root-link": { link: ".." },
      "sub/hidden-link": { link: ".git" },
      "sub/out.txt": { link: outside.at("secret.txt") },
      "sub/out": { link: outside.path },
      "sub/out-chain": { link: "out" },
      "sub/dangling": { link: "nothing" },
      "sub/loop": { link: "loop" },
    }),
  );
  let listener: Server;

  beforeAll(() => {
    // It leads there by an absolute path, which is not for the archive.
    Bun.spawnSync(["ln", "-s", mixed.at("sub/inner"), mixed.at("sub/absolute")]);
    Bun.spawnSync(["mkfifo", mixed.at("sub/fifo")]);
    writeFileSync(Buffer.concat([Buffer.from(mixed.at("sub/bad-")), Buffer.from([0xff])]), SECRET);
    writeFileSync(mixed.at("sub/back\\slash"), SECRET);
    listener = createServer().listen(mixed.at("sub/socket"));
  });

  afterAll(() => listener.close());

  async function membersOf(options: { hidden: boolean }) {
    await using open = startTestServer({ directory: mixed.path, ...options });
    const { body } = await request(open.port, "GET", "/sub/?archive=tar");
    using unpacked = unpack(body, "tar");
    const members = Object.entries(describeTree(unpacked.path));
    return { body, members: members.map(([path, text]) => `${path}: ${kindOf(text)}`) };
  }

  const kindOf = (text: string) => (text.startsWith("link") ? text : text.split(" ")[0]);

  const SHOWN = [
    "sub: directory",
    "sub/a-link: file",
    "sub/absolute: link to inner",
    "sub/chain: link to inner",
    "sub/dir-link: link to inner",
    "sub/inner: directory",
    "sub/inner/deep.txt: file",
    "sub/inner/far-link: file",
    "sub/inner/self: link to .",
    "sub/inner/up: link to ..",
    "sub/plain.txt: file",
    "sub/to-dotfile: file",
  ];

  test("dotfiles, FIFOs, sockets, names that have no URL, links out and to nowhere", async () => {
    const { body, members } = await membersOf({ hidden: false });
    expect(members).toEqual(SHOWN);
    expect(body.includes(SECRET)).toBe(false);
  });

  test("--hidden puts dotfiles in, and still nothing from outside", async () => {
    const { members } = await membersOf({ hidden: true });
    const hidden = ["sub/.env: file", "sub/.env-shown: file", "sub/.git: directory"];
    const more = [...hidden, "sub/.git/config: file", "sub/hidden-link: link to .git"];
    expect(members.sort()).toEqual([...SHOWN, ...more].sort());
  });
});

test("what may not be read is left out, and what comes after it is whole", async () => {
  using closed = makeTree({ "a/closed/x": SECRET, "a/closed.txt": SECRET, "a/open.txt": "open" });
  for (const name of ["a/closed", "a/closed.txt"]) chmodSync(closed.at(name), 0o000);
  const root = DocumentRoot.open(closed.path, { hidden: false });
  // Root may read everything, so the file system says what it would say to somebody else.
  const open = root.openContained.bind(root);
  root.openContained = (path) => {
    if (path.includes("closed")) throw Object.assign(new Error(path), { code: "EACCES" });
    return open(path);
  };
  using it = serveArchives(root, closed.at("a"));
  const { body } = await request(it.port, "GET", "/");
  using unpacked = unpack(body, "tar");
  expect(Object.keys(describeTree(unpacked.path))).toEqual(["a", "a/open.txt"]);
  chmodSync(closed.at("a/closed"), 0o700);
});

/** A server that has nothing but the archive of one directory. */
function serveArchives(root: DocumentRoot, path: string) {
  const errors: unknown[] = [];
  const archives = new Archives({ root, logError: (error) => errors.push(error) }, new Slices());
  const directory = { path, segments: [basename(path)] };
  const served = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    fetch: (incoming) => archives.answer(incoming, directory, "tar"),
  });
  return { port: served.port ?? 0, errors, [Symbol.dispose]: () => void served.stop(true) };
}

test.each(["EIO", "EMFILE"])(
  "%s on the way breaks the connection off, and is logged",
  async (code) => {
    using broken = makeTree({ "a/1.bin": Buffer.alloc(MEBIBYTE), "a/2.bin": "", "a/3.bin": "" });
    const root = DocumentRoot.open(broken.path, { hidden: false });
    const open = root.openContained.bind(root);
    const failure = Object.assign(new Error(code), { code });
    root.openContained = (path) => {
      if (path.endsWith("2.bin")) throw failure;
      return open(path);
    };
    using it = serveArchives(root, broken.at("a"));
    for (let round = 0; round < 10; round++) {
      const { responses, closed } = await exchange(it.port, formatRequest("GET", "/"));
      expect([responses, closed]).toEqual([[], true]);
    }
    // Ten of them, so that none keeps its place.
    expect(it.errors).toEqual(Array(10).fill(failure));
  },
);

/** Asks for an archive without an end, and reads no more than the first bytes of it. */
function stall(target: string): Promise<Socket> {
  const socket = connect(server.port, "127.0.0.1");
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  socket.once("data", () => {
    socket.pause();
    resolve(socket);
  });
  socket.on("error", reject);
  socket.write(formatRequest("GET", target));
  return promise;
}

const openDescriptors = () => readdirSync("/proc/self/fd").length;

test.each(FORMATS)(
  "a client that goes away from ?archive=%s leaves nothing open",
  async (format) => {
    const before = openDescriptors();
    for (let round = 0; round < 50; round++) {
      const sockets = await Promise.all([0, 1].map(() => stall(`/huge/?archive=${format}`)));
      for (const socket of sockets) socket.resetAndDestroy();
      // The place is free when the work has stopped, which is not when the client hears of it.
      while ((await request(server.port, "HEAD", "/huge/?archive=tar")).status !== 200);
    }
    while (openDescriptors() > before) await Bun.sleep(0); // lets the server take a turn
    expect(openDescriptors()).toBeLessThanOrEqual(before);
    expect(server.errors).toEqual([]);
  },
);

test("beyond four at once it is 503, until one of them has gone", async () => {
  const targets = Array.from({ length: 4 }, (_, index) => `/huge/?archive=${FORMATS[index % 2]}`);
  const sockets = await Promise.all(targets.map(stall));
  for (const method of ["GET", "HEAD"]) {
    const refused = await request(server.port, method, "/docs/?archive=tar");
    expect(refused.status).toBe(503);
    expect(Number(field(refused, "retry-after"))).toBeGreaterThan(0);
    if (method === "GET") expect(refused.body.toString()).toContain("archives are being sent");
  }
  // Nobody else has to wait.
  expect((await request(server.port, "GET", "/docs/")).status).toBe(200);
  sockets[0]?.destroy();
  while ((await request(server.port, "HEAD", "/docs/?archive=tar")).status === 503);
  expect((await request(server.port, "GET", "/docs/?archive=tar")).status).toBe(200);
  for (const socket of sockets) socket.destroy();
  while ((await request(server.port, "HEAD", "/docs/?archive=tar")).status === 503);
});

test("while a directory is swapped for a link to the outside, not a byte or name comes from there", async () => {
  using swapped = makeTree({
    "a/dir/x.txt": "inside",
    "a/dir/sub/y.txt": "inside",
    "a/file.txt": "inside",
    "a/link": { link: "dir" },
  });
  // In another process, so that it happens at any moment.
  const script = `
    const { renameSync, symlinkSync, rmSync } = require("node:fs");
    const [at, outside] = process.argv.slice(1);
    for (;;) {
      for (const [name, target] of [["dir", ""], ["dir/sub", ""], ["file.txt", "/secret.txt"], ["link", ""]]) {
        try {
          renameSync(at + "/a/" + name, at + "/kept");
          symlinkSync(outside + target, at + "/a/" + name);
          rmSync(at + "/a/" + name);
          renameSync(at + "/kept", at + "/a/" + name);
        } catch (error) { console.error(error); process.exit(1); }
      }
    }`;
  const swapper = Bun.spawn([process.execPath, "-e", script, swapped.path, outside.path]);
  await using open = startTestServer({ directory: swapped.path });
  const seen = new Set<string>();
  for (let round = 0; round < 5000 || seen.size < 10; round++) {
    const { body } = await request(open.port, "GET", "/a/?archive=tar");
    if (body.includes("secret") || body.includes(SECRET)) throw new Error("from outside");
    if (body.includes(outside.path)) throw new Error("a path outside");
    seen.add(Bun.hash(body).toString());
  }
  expect(swapper.exitCode).toBeNull();
  swapper.kill("SIGKILL");
  await swapper.exited;
  expect(open.errors).toEqual([]);
});

test("a directory that is moved away while it is sent ends its archive where it was", async () => {
  using moving = makeTree({ "a/1.bin": Buffer.alloc(8 * MEBIBYTE), "a/2.txt": "two" });
  const root = DocumentRoot.open(moving.path, { hidden: false });
  const open = root.openContained.bind(root);
  root.openContained = (path) => {
    if (path.endsWith("2.txt")) renameSync(moving.at("a"), moving.at("b"));
    return open(path);
  };
  using it = serveArchives(root, moving.at("a"));
  using unpacked = unpack((await request(it.port, "GET", "/")).body, "tar");
  expect(Object.keys(describeTree(unpacked.path))).toEqual(["a", "a/1.bin"]);
});
