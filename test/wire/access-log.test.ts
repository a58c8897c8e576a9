import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, utimesSync } from "node:fs";
import { resolve } from "node:path";
import { KeepAlive } from "../helpers/keep-alive.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { freePort, untilAnswers, portOf, runProgram } from "../helpers/program.ts";
import { exchange, field, formatRequest, request } from "../helpers/raw-http.ts";
import { formatHandshake } from "../helpers/raw-websocket.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { useTestServer } from "../helpers/use-test-server.ts";
import {
  CONDITIONS,
  fillTag,
  MALFORMED_RANGES,
  MODIFIED,
  rangesOf,
  unsatisfiableRangesOf,
} from "./file-requests.ts";

setDefaultTimeout(PATIENCE_MS);

const SMALL = Buffer.from("0123456789abcdefghijklmnopqrstuvwxyz");
const LARGE = Buffer.alloc(2 * 1024 * 1024, "x");

/** Sets limits of another process. */
const PRLIMIT = Bun.which("prlimit");

const { tree, server } = useTestServer(
  {
    "small.txt": SMALL,
    // From 1 MiB on Bun reads the file itself, and has rules of its own.
    "large.txt": LARGE,
    'quote" 200 1 "-.txt': "a name that looks like the end of a field",
    "line\nfeed.txt": "a name of two lines",
    "dir/file": "",
  },
  { log: "json" },
);

beforeAll(() => {
  for (const name of ["small.txt", "large.txt"]) utimesSync(tree.at(name), MODIFIED, MODIFIED);
});

/** Sends a request and gives back what came over the wire, and what was logged of it. */
async function compare(bytes: string, method = "GET") {
  const before = server.logged().length;
  const { responses } = await exchange(server.port, bytes, [method]);
  // The turn in which an answer that took several was made may not have ended yet.
  while (server.logged().length === before) await new Promise((resolve) => setImmediate(resolve));
  const lines = server.logged().slice(before);
  expect(lines.length).toBe(1);
  const [response] = responses;
  if (response === undefined) throw new Error("there is no answer");
  return { response, entry: JSON.parse(lines[0] ?? "") };
}

/** The same, and that they agree. */
async function expectTruth(bytes: string, method?: string) {
  const { response, entry } = await compare(bytes, method);
  expect([entry.status, entry.bytes]).toEqual([response.status, response.body.length]);
  return { response, entry };
}

describe.each([
  ["small.txt", SMALL],
  ["large.txt", LARGE],
] as const)("the log tells the status and the length of the wire: %s", (name, content) => {
  const target = `/${name}`;
  const ranges = [
    ...rangesOf(content.length).map(([range]) => range),
    ...unsatisfiableRangesOf(content.length),
    ...MALFORMED_RANGES,
    "bytes=0-0,2-2",
    "bytes=0-1,4-5,9-",
  ];

  test.each(ranges)("Range: %s", async (range) => {
    await expectTruth(formatRequest("GET", target, { Range: range }));
    await expectTruth(formatRequest("HEAD", target, { Range: range }), "HEAD");
  });

  test.each(CONDITIONS)("%j", async (fields, status) => {
    const etag = field(await request(server.port, "GET", target), "etag") ?? "";
    const filled = fillTag(fields, etag);
    const { entry } = await expectTruth(formatRequest("GET", target, filled));
    expect(entry.status).toBe(status);
  });
});

describe("the log tells the status and the length of the wire", () => {
  test.each([
    ["GET", "/"],
    ["GET", "/?format=json"],
    ["GET", "/dir"],
    ["GET", "/dir/"],
    ["GET", "/dir/file"],
    ["GET", "/rest"],
    ["GET", "/nothing"],
    ["GET", "/test.html"],
    ["GET", "/.meerkat/index.css"],
    ["GET", "/%zz"],
    ["GET", "/..%2f..%2fetc/passwd"],
    ["GET", "/websocket"],
    ["HEAD", "/"],
    ["HEAD", "/rest"],
    ["HEAD", "/small.txt"],
    ["HEAD", "/large.txt"],
    ["HEAD", "/nothing"],
    ["OPTIONS", "/rest"],
    ["OPTIONS", "/small.txt"],
    ["POST", "/small.txt"],
    ["DELETE", "/rest"],
    ["POST", "/websocket"],
  ])("%s %s", async (method, target) => {
    const { entry } = await expectTruth(formatRequest(method, target), method);
    expect(entry).toMatchObject({ method, target, address: "127.0.0.1" });
  });

  test.each([
    ["another host's", "GET /small.txt HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421],
    ["no host's", "GET /small.txt HTTP/1.1\r\nHost: a/b\r\n\r\n", 400],
    ["HTTP/1.0's", "GET /small.txt HTTP/1.0\r\n\r\n", 200],
    [
      "a handshake's of an old version",
      formatHandshake("/websocket", { "Sec-WebSocket-Version": "8" }),
      426,
    ],
    [
      "a handshake's without a key",
      formatHandshake("/websocket", { "Sec-WebSocket-Key": undefined }),
      400,
    ],
    ["a handshake's", formatHandshake(), 101],
  ])("%s", async (_what, bytes, status) => {
    const { entry } = await expectTruth(bytes);
    expect(entry.status).toBe(status);
  });

  test.skipIf(PRLIMIT === null)("of a file that Bun could not open", async () => {
    const args = [tree.path, "--port", "0", "--host", "127.0.0.1", "--log", "json"];
    await using program = runProgram(args);
    const port = portOf(await program.printed("REST"));
    const statuses: number[] = [];
    // A descriptor of the request before may still be open when they are counted, and a connection
    // on which nothing is under way may be closed while descriptors are scarce.
    while (statuses.at(-1) !== 503) {
      limitFiles(program.pid, 4096);
      await using connection = await KeepAlive.open(port);
      // The first request opens all descriptors that stay open.
      statuses.push((await connection.get("/large.txt")).status);
      limitFiles(program.pid, spareOne(program.pid));
      const answer = await connection.get("/large.txt").catch(() => undefined);
      if (answer !== undefined) statuses.push(answer.status);
    }
    limitFiles(program.pid, 4096);
    await using connection = await KeepAlive.open(port);
    statuses.push((await connection.get("/large.txt")).status);
    expect(statuses.at(-1)).toBe(200);
    program.signal("SIGINT");
    const { stdout } = await program.ended;
    const lines = stdout.split("\n").filter((line) => line.includes("/large.txt"));
    expect(lines.map((line) => JSON.parse(line).status)).toEqual(statuses);
  });
});

function limitFiles(pid: number, files: number): void {
  Bun.spawnSync([PRLIMIT ?? "", "--pid", String(pid), `--nofile=${files}:`]);
}

/**
 * The limit of open files with which a process has one descriptor left: with it we open a file to
 * check it, and then Bun cannot open it to send it.
 */
function spareOne(pid: number): number {
  const taken = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  const free = Array.from({ length: taken.size + 2 }, (_, fd) => fd).filter((fd) => !taken.has(fd));
  return (free[0] ?? 0) + 1;
}

const SERVER = resolve(import.meta.dir, "../../server.ts");

describe("nothing that a client sends forges a line", () => {
  test.each([
    ["a target with a quote", 'GET /quote"%20200%201%20"-.txt HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ["a target with a line feed", "GET /line%0afeed.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["a target with bytes that are no ASCII", "GET /\x9b\xff HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["such a target, with no host", 'GET /\x9b\xff"\\ HTTP/1.1\r\nHost: a/b\r\n\r\n'],
    ["a field with quotes", formatRequest("GET", "/rest", { Referer: '" 200 1 "-" "-" 0.1' })],
    ["a field with a C1 control", formatRequest("GET", "/rest", { "User-Agent": "\x9b2J\xe9" })],
    ["a field with a tab", formatRequest("GET", "/rest", { "User-Agent": "a\tb\\" })],
  ])("%s", async (_what, bytes) => {
    for (const log of ["text", "json"] as const) {
      await using logging = startTestServer({ directory: tree.path, log });
      const { responses } = await exchange(logging.port, bytes);
      const lines = logging.logged();
      expect(lines.length).toBe(1);
      expect(lines[0]).toMatch(/^[ -~]+$/);
      if (log === "json") JSON.parse(lines[0] ?? "");
      else expect(lines[0]).toMatch(lineOf(responses[0]?.status ?? 0));
    }
  });

  /** A line of the combined log format, of which every field ends where it seems to. */
  const lineOf = (status: number) =>
    new RegExp(
      `^127\\.0\\.0\\.1 - - \\[[^\\]"]+\\] "GET [^" ]+ HTTP/1\\.1" ${status} \\d+ "[^"]*" "[^"]*" \\d+\\.\\d{6}$`,
    );
});

describe("--trust-proxy", () => {
  test.each([
    [true, "192.0.2.7"],
    [false, "127.0.0.1"],
  ])("%p logs %s", async (trustProxy, address) => {
    await using proxied = startTestServer({ directory: tree.path, log: "json", trustProxy });
    const fields = { "X-Forwarded-For": "10.0.0.1, 192.0.2.7" };
    await request(proxied.port, "GET", "/rest", fields);
    expect(JSON.parse(proxied.logged()[0] ?? "").address).toBe(address);
  });
});

describe("standard output", () => {
  /** Enough that neither a pipe, 64 KiB, nor what may wait, 1 MiB, holds it. */
  const REQUESTS = 300;
  const LONG = `/rest?${"x".repeat(8000)}`;

  async function flood(port: number): Promise<void> {
    await using connection = await KeepAlive.open(port);
    for (let count = 0; count < REQUESTS; count++) {
      expect((await connection.get(LONG)).status).toBe(200);
    }
    // The thread that is stuck with the log is none that sends a file.
    expect((await connection.get("/large.txt")).body.equals(LARGE)).toBe(true);
  }

  /** Requests that the log tells of, and lines it says were left out. */
  function countLines(log: string): { logged: number; dropped: number } {
    const lines = log.split("\n");
    const dropped = lines.map((line) => Number(/^# (\d+) lines dropped$/.exec(line)?.[1] ?? 0));
    return {
      logged: lines.filter((line) => line.includes(LONG)).length,
      dropped: dropped.reduce((sum, count) => sum + count, 0),
    };
  }

  test("has every line by the time the program has ended", async () => {
    await using program = runProgram(["--port", "0", "--log", "text"], { cwd: tree.path });
    const port = portOf(await program.printed("REST"));
    await using connection = await KeepAlive.open(port);
    for (let count = 0; count < REQUESTS; count++) await connection.get(`/rest?${count}`);
    program.signal("SIGINT");
    const { stdout, exitCode } = await program.ended;
    const targets = Array.from(stdout.matchAll(/"GET \/rest\?(\d+) /g), ([, count]) =>
      Number(count),
    );
    expect(targets).toEqual(Array.from({ length: REQUESTS }, (_, count) => count));
    expect(exitCode).toBe(0);
  });

  test("that is not read holds nothing up, and what was left out is counted", async () => {
    const port = await freePort();
    await using child = spawnServer(["-q", "-p", String(port), "--log", "text"]);
    await untilAnswers(port, child.exited);
    await flood(port);
    const reader = readAll(child.stdout);
    // Waiting lines are written once there is a reader; one more line says how many were dropped.
    await reader.until((text) => countLines(text).logged > 0);
    child.kill("SIGINT");
    expect(await child.exited).toBe(0);
    const { logged, dropped } = countLines(await reader.all);
    expect(dropped).toBeGreaterThan(0);
    expect(logged + dropped).toBe(REQUESTS);
  });

  test("that is never read does not hold up the end", async () => {
    const port = await freePort();
    await using child = spawnServer(["-q", "-p", String(port), "--log", "text"]);
    await untilAnswers(port, child.exited);
    await flood(port);
    child.kill("SIGINT");
    expect(await child.exited).toBe(0);
  });

  test("of which the reader has gone does not end it", async () => {
    const port = await freePort();
    await using child = spawnServer(["-p", String(port), "--log", "text"]);
    await child.stdout.cancel();
    await untilAnswers(port, child.exited);
    await flood(port);
    child.kill("SIGINT");
    expect(await child.exited).toBe(0);
  });

  test("that is a terminal gets the log, and stopped with Ctrl-S holds nothing up", async () => {
    const port = await freePort();
    let printed = "";
    const decoder = new TextDecoder();
    const shown = Promise.withResolvers<void>();
    await using child = Bun.spawn([process.execPath, "run", SERVER, tree.path, "-p", `${port}`], {
      terminal: {
        cols: 200,
        data(_terminal, data) {
          printed += decoder.decode(data, { stream: true });
          if (printed.includes(LONG)) shown.resolve();
        },
      },
    });
    await untilAnswers(port, child.exited);
    child.terminal?.write(CTRL_S);
    await flood(port);
    expect(countLines(printed).logged).toBeLessThan(REQUESTS);
    child.terminal?.write(CTRL_Q);
    await shown.promise;
    child.kill("SIGINT");
    expect(await child.exited).toBe(0);
  });
});

/** They stop a terminal and let it go on. */
const CTRL_S = "\x13";
const CTRL_Q = "\x11";

/** The server with a standard output that nobody reads until it is asked for. */
function spawnServer(args: readonly string[]) {
  return Bun.spawn([process.execPath, "run", SERVER, tree.path, ...args], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
    lazy: true,
  });
}

/** Reads a stream to its end, and tells when what was read so far is enough. */
function readAll(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  let text = "";
  let check = () => {};
  const all = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      text += decoder.decode(chunk, { stream: true });
      check();
    }
    return text;
  })();
  const until = (isEnough: (text: string) => boolean) =>
    new Promise<void>((resolve) => {
      check = () => isEnough(text) && resolve();
      check();
    });
  return { all, until };
}
