import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { KeepAlive } from "../helpers/keep-alive.ts";
import { exchange, field, formatRequest, request } from "../helpers/raw-http.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { useTestServer, useTree } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const SECRET = "outside the root";
const INSIDE = "inside the root";

let listener: Server;
const outside = useTree({ "secret.txt": SECRET, "sub/secret.txt": SECRET });
const { tree, server } = useTestServer(
  () =>
    makeTree({
      "root/hello.txt": INSIDE,
      "root/sub/deep.txt": INSIDE,
      // Dotfiles that people leave in a directory they share.
      "root/.env": SECRET,
      "root/.git/config": SECRET,
      "root/sub/.hidden/file.txt": SECRET,
      // A link that leaves the root at the last component, and one in the middle.
      "root/link-out.txt": { link: outside.at("secret.txt") },
      "root/dir-out": { link: outside.path },
      "root/chain-out": { link: "dir-out" },
      // Links that stay inside.
      "root/link-in.txt": { link: "sub/deep.txt" },
      "root/dir-in": { link: "sub" },
      // Links that lead nowhere.
      "root/dangling": { link: "nothing" },
      "root/loop": { link: "loop" },
      // A sibling whose path begins with the root's: a prefix test without a slash lets it through.
      "root-sibling/secret.txt": SECRET,
      "root/sibling-link": { link: "../root-sibling" },
      "root/%2e%2e/trap.txt": INSIDE,
    }),
  () => ({ directory: tree.at("root") }),
);

beforeAll(() => {
  Bun.spawnSync(["mkfifo", tree.at("root/fifo")]);
  listener = createServer().listen(tree.at("root/socket"));
});

afterAll(() => listener.close());

/** Targets, as they go over the wire, whose answer must be this status and hold nothing from outside. */
const REFUSED: readonly (readonly [target: string, status: number, why: string])[] = [
  ["/../secret.txt", 404, "Bun removes the dot segment: there is no such file inside"],
  ["/../../../../../../etc/passwd", 404, "many of them"],
  ["/%2e%2e/secret.txt", 404, "an encoded dot segment is one (RFC 3986 §6.2.2.2)"],
  ["/%2E%2e/%2e%2E/etc/passwd", 404, "in any case"],
  ["/.%2e/secret.txt", 404, "half encoded"],
  ["/%252e%252e/secret.txt", 404, "decoded once, never twice: a directory called %2e%2e"],
  ["/..%2fsecret.txt", 404, "an encoded slash is no separator and in no file name"],
  ["/..%2Fsecret.txt", 404, "in any case"],
  ["/sub%2fdeep.txt", 404, "not even to what exists"],
  ["/%2fetc%2fpasswd", 404, "an absolute path"],
  ["/..%5csecret.txt", 404, "a backslash is a separator elsewhere"],
  ["/%5c..%5csecret.txt", 404, "at the start"],
  ["/..\\secret.txt", 404, "plain: Bun makes it a slash"],
  ["/hello.txt%00.html", 400, "NUL ends a name in C"],
  ["/%00", 400, "alone"],
  ["/%c0%ae%c0%ae/secret.txt", 400, "an overlong dot (RFC 3629 §3)"],
  ["/%e0%80%ae/secret.txt", 400, "a longer overlong dot"],
  ["/%ff", 400, "no UTF-8"],
  ["/%ed%a0%80", 400, "an encoded surrogate"],
  ["/%", 400, "a percent sign without digits"],
  ["/%4", 400, "with one digit"],
  ["/%zz", 400, "with letters"],
  ["/link-out.txt", 404, "a link out at the last component"],
  ["/dir-out/secret.txt", 404, "a link out at an inner component"],
  ["/dir-out/sub/secret.txt", 404, "and deeper"],
  ["/dir-out/", 404, "listing what is outside"],
  ["/dir-out", 404, "no redirect either"],
  ["/chain-out/secret.txt", 404, "a link to a link"],
  ["/sibling-link/secret.txt", 404, "to where the root's path is a prefix"],
  ["/dangling", 404, "a link to nothing"],
  ["/loop", 404, "a link to itself"],
  ["/.env", 404, "a dotfile"],
  ["/%2eenv", 404, "an encoded dotfile"],
  ["/.git/config", 404, "in a dot directory"],
  ["/.git/", 404, "a dot directory"],
  ["/sub/.hidden/file.txt", 404, "deeper"],
  ["/...", 404, "dots that are no dot segment are a dotfile"],
  ["/fifo", 404, "opening a FIFO would hang"],
  ["/socket", 404, "a socket cannot be read"],
  ["/hello.txt/", 404, "a file is no directory"],
  ["/hello.txt/x", 404, "nor has it children"],
  ["/sub/../../secret.txt", 404, "up from a directory"],
  [`/${"a".repeat(300)}`, 404, "a name longer than any file's"],
  [`/${"a/".repeat(3000)}`, 404, "a path longer than the system takes"],
];

describe("nothing outside the root", () => {
  test.each(REFUSED)("GET %s is %i: %s", async (target, status) => {
    const response = await request(server.port, "GET", target);
    expect(response.status).toBe(status);
    expect(response.body.toString()).not.toContain(SECRET);
    expect(field(response, "location")).toBeUndefined();
  });

  test.each(REFUSED)("HEAD %s is %i: %s", async (target, status) => {
    expect((await request(server.port, "HEAD", target)).status).toBe(status);
  });

  test.each([
    ["/link-in.txt", "a link inside"],
    ["/dir-in/deep.txt", "a linked directory inside"],
    ["/%252e%252e/trap.txt", "a directory that is called %2e%2e"],
    ["/sub/../hello.txt", "a dot segment that stays inside"],
    ["/./hello.txt", "a single dot"],
    ["//hello.txt", "two slashes count as one"],
    ["/sub//deep.txt", "also inside"],
  ])("GET %s is 200: %s", async (target) => {
    const response = await request(server.port, "GET", target);
    expect(response.status).toBe(200);
    expect(response.body.toString()).toBe(INSIDE);
  });

  // With a Host that is none, Bun leaves the target as it was sent.
  test.each([
    ["/../root-sibling/secret.txt", "a/b"],
    ["/sub/../../root-sibling/secret.txt", "localhost:99999"],
    ["/%2e%2e/root-sibling/secret.txt", "x y"],
    ["//evil.example/../hello.txt", "a/b"],
  ])("GET %s with Host %s gets nothing from outside", async (target, host) => {
    const response = await request(server.port, "GET", target, { Host: host });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(response.body.toString()).not.toContain(SECRET);
  });

  test("HTTP/1.0 without a Host gets no dot segments through", async () => {
    const bytes = "GET /../root-sibling/secret.txt HTTP/1.0\r\n\r\n";
    const { responses } = await exchange(server.port, bytes);
    expect(responses[0]?.status).toBe(404);
    expect(responses[0]?.body.toString()).not.toContain(SECRET);
  });
});

describe("no redirect to another host", () => {
  test.each([
    ["//evil.example/..", undefined],
    ["//evil.example", undefined],
    ["///evil.example/%2e%2e", undefined],
    ["/\\evil.example", undefined],
    ["//sub", "sub/"],
    ["///sub?a=//b", "sub/?a=//b"],
    ["/sub", "sub/"],
    ["/sub?x=1&y=%20", "sub/?x=1&y=%20"],
    ["/sub#part", "sub/"],
  ])("GET %s leads to %s", async (target, location) => {
    const response = await request(server.port, "GET", target);
    expect(field(response, "location")).toBe(location);
    if (location !== undefined) expect(response.status).toBe(301);
  });

  test("nor from a target that names one (RFC 9112 §3.2.2)", async () => {
    const bytes = formatRequest("GET", "http://evil.example/sub");
    const { responses } = await exchange(server.port, bytes);
    expect(responses.map((response) => field(response, "location"))).toEqual(["sub/"]);
  });
});

test("the listing names nothing that is not served", async () => {
  const response = await request(server.port, "GET", "/", { Accept: "text/plain" });
  expect(response.status).toBe(200);
  expect(response.body.toString().trim().split("\n").sort()).toEqual([
    "%2e%2e/",
    "dir-in/",
    "hello.txt",
    "link-in.txt",
    "sub/",
  ]);
});

test("--hidden serves and lists dotfiles, and still nothing from outside", async () => {
  await using open = startTestServer({ directory: tree.at("root"), hidden: true });
  expect((await request(open.port, "GET", "/.env")).status).toBe(200);
  expect((await request(open.port, "GET", "/link-out.txt")).status).toBe(404);
  const listing = await request(open.port, "GET", "/", { Accept: "text/plain" });
  expect(listing.body.toString()).toContain(".git/\n");
});

test("a symbolic link may be the root itself, and '/' may be served", async () => {
  using links = makeTree({ "www/hello.txt": INSIDE, link: { link: "www" } });
  await using linked = startTestServer({ directory: links.at("link") });
  expect((await request(linked.port, "GET", "/hello.txt")).body.toString()).toBe(INSIDE);
  await using whole = startTestServer({ directory: "/" });
  const target = encodeURI(links.at("www/hello.txt"));
  expect((await request(whole.port, "GET", target)).body.toString()).toBe(INSIDE);
});

test("a root that is moved away is 404, and back again is served", async () => {
  using moving = makeTree({ "www/hello.txt": INSIDE });
  await using moved = startTestServer({ directory: moving.at("www") });
  Bun.spawnSync(["mv", moving.at("www"), moving.at("away")]);
  expect((await request(moved.port, "GET", "/hello.txt")).status).toBe(404);
  expect((await request(moved.port, "GET", "/")).status).toBe(404);
  Bun.spawnSync(["mv", moving.at("away"), moving.at("www")]);
  expect((await request(moved.port, "GET", "/hello.txt")).status).toBe(200);
});

test("random targets never get a 5xx, a byte from outside or a foreign redirect", async () => {
  const pieces = ["..", ".", "%2e", "%2f", "/", "\\", "%5c", "%00", "sub", "dir-out", "a", "%"];
  const more = ["?", "#", ":", "//", "%c0", "é", "secret.txt", "hello.txt", "@", ";", "~", "%25"];
  const alphabet = [...pieces, ...more];
  let seed = 12345;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * below);
  };
  const targets = Array.from({ length: 2000 }, () => {
    const parts = Array.from({ length: 1 + random(8) }, () => alphabet[random(alphabet.length)]);
    return `/${parts.join("")}`;
  });
  // One after the other: a listing may take more than a turn, and what was sent after it is lost then.
  await using client = await KeepAlive.open(server.port);
  for (const target of targets) {
    const response = await client.get(target);
    const context = `${target} ${response.status}`;
    expect(response.status, context).toBeLessThan(500);
    expect(response.body.includes(SECRET), context).toBe(false);
    const base = `http://h${target.replaceAll("#", "%23")}`;
    const { host } = new URL(field(response, "location") ?? "", base);
    expect(host, context).toBe("h");
  }
  expect(server.errors).toEqual([]);
});

test("what the server's user may not read is 403, without a word of it", async () => {
  using closed = makeTree({ "closed/x": SECRET, "closed.txt": SECRET, "large.bin": largeSecret() });
  for (const name of ["closed", "closed.txt", "large.bin"]) chmodSync(closed.at(name), 0o000);
  chmodSync(closed.path, 0o755);
  await using strict = startTestServer({ directory: closed.path });
  await asOrdinaryUser(async () => {
    for (const target of ["/closed/", "/closed/x", "/closed.txt", "/large.bin"]) {
      for (const method of ["GET", "HEAD"]) {
        const response = await request(strict.port, method, target);
        expect(response.status, `${method} ${target}`).toBe(403);
        expect(response.body.toString()).not.toContain(SECRET);
      }
    }
  });
});

/** Root may read everything, so for as long as this takes the process is somebody else. */
async function asOrdinaryUser(work: () => Promise<void>): Promise<void> {
  const NOBODY = 65534;
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

function largeSecret(): Buffer {
  return Buffer.alloc(2 * 1024 * 1024, SECRET);
}
