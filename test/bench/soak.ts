/**
 * Does everything at once for some minutes: downloads, listings, archives, codings, ranges, echoes,
 * floods, requests that are broken off and connections that stall. Prints the memory and the open files
 * of the server each minute.
 *
 *   bun run test/bench/soak.ts [--minutes 20]
 *
 * Exits with 1 if the last minute has more of either than the second, or if a kind of client got no
 * answer at all. Ctrl-C ends it early, with 130.
 */
import { mkdirSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { makeText } from "../abuse/clients.ts";
import { flood } from "../helpers/flood.ts";
import { memoryMb } from "../helpers/memory.ts";
import { formatRequest } from "../helpers/raw-http.ts";
import { connectTo } from "../helpers/transport.ts";
import { makeTree } from "../helpers/tree.ts";
import { cpuBetween, readCpu } from "./cpu.ts";
import { startMeerkat } from "./peer.ts";
import { progress } from "./progress.ts";
import { formatCount, renderTable } from "./report.ts";
import { growthOf, summarize, WARM_MINUTE, type Look, type Minute } from "./steadiness.ts";
import { startTicking } from "./ticking.ts";

/** The last minute is compared with the second. */
const MINUTES = { from: 3, to: 24 * 60 };
const MINUTE_MS = 60_000;

/** How long (s) clients may take to come to their end; the end of the server ends the others. */
const END_SECONDS = 30;

/** How long (s) a client rests between two requests, so that all kinds get their share. */
const REST_SECONDS = 0.02;

/** How long (s) an answer may take before the client gives up. */
const PATIENCE_SECONDS = 60;

/** The number of failures of a client that are told. */
const TOLD_FAILURES = 5;

/** The length of `HTTP/1.1 200`. */
const STATUS_BYTES = 12;

const BROWSER = { Accept: "text/html", "Accept-Encoding": "gzip, deflate, br, zstd" };
const CODINGS = ["br", "gzip", "zstd", "identity"] as const;

const LARGE_TEXT = makeText(1_000_000);

const minutes = readMinutes();
/** Wakes each client that rests. */
const resting = new Set<() => void>();
let isOver = false;
let isInterrupted = false;
process.once("SIGINT", () => {
  isInterrupted = true;
  end();
});

using tree = makeTree();
fill();
await using server = await startMeerkat([tree.path]);
const { port, pid } = server;
await using echo = await startTicking(port);

/** What every kind of client does again and again, and how many clients of it there are. */
const KINDS: readonly (readonly [name: string, clients: number, visit: () => Promise<unknown>])[] =
  [
    ["downloads", 2, () => take("/large.bin")],
    ["downloads broken off", 2, () => take("/large.bin", {}, 3_000_000)],
    ["small files", 4, () => take(`/small/${pick(2000)}.txt`)],
    ["codings", 3, () => take(`/texts/${pick(150)}.txt`, { "Accept-Encoding": oneOf(CODINGS) })],
    ["spellings", 1, () => take(`/texts/%${(0x30 + pick(10)).toString(16)}.txt`, BROWSER)],
    ["changes", 1, change],
    ["ranges", 2, () => take("/large.bin", { Range: "bytes=0-524287,600000-1124287" })],
    [
      "pages",
      3,
      () => take(`/huge/?sort=${oneOf(["name", "size", "time"])}&page=${pick(20)}`, BROWSER),
    ],
    ["whole listings", 1, () => take("/huge/?sort=time")],
    ["whole listings broken off", 1, () => take("/huge/", {}, 200_000)],
    ["READMEs", 1, () => take(`/readmes/${pick(8)}/`, BROWSER)],
    ["archives", 1, () => take("/small/?archive=tar.gz")],
    ["archives broken off", 1, () => take("/?archive=tar", {}, 500_000)],
    ["stalls", 20, () => stall(oneOf(["/large.bin", "/huge/", "/texts/1.txt"]))],
    ["floods", 2, () => flood({ port, messageBytes: 64 * 1024, messages: 200, silentMs: 200 })],
    [
      "compressed floods",
      1,
      () =>
        flood({
          port,
          messageBytes: 1000,
          messages: 2000,
          silentMs: 0,
          deflate: true,
          random: true,
        }),
    ],
  ];

const visits = new Map(KINDS.map(([name]) => [name, { answered: 0, failed: 0 }]));
const clients = KINDS.flatMap(([name, count, visit]) =>
  Array.from({ length: count }, () => repeat(name, visit)),
);
const cpuBefore = readCpu(pid);
const seen = await watch();
end();
const { promise: late, resolve: tooLate } = Promise.withResolvers<void>();
setTimeout(tooLate, END_SECONDS * 1000).unref();
await Promise.race([Promise.all(clients), late]);
report(await echo.longestMs());

function readMinutes(): number {
  const { values } = parseArgs({ options: { minutes: { type: "string", default: "20" } } });
  const count = Number(values.minutes);
  const { from, to } = MINUTES;
  if (Number.isInteger(count) && count >= from && count <= to) return count;
  throw new Error(`--minutes ${values.minutes} is not a whole number from ${from} to ${to}`);
}

function end(): void {
  isOver = true;
  for (const wake of resting) wake();
}

/** Waits so many seconds, or until the end. */
async function rest(seconds: number): Promise<void> {
  if (isOver) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, seconds * 1000);
  resting.add(resolve);
  await promise;
  clearTimeout(timer);
  resting.delete(resolve);
}

function fill(): void {
  writeFileSync(tree.at("large.bin"), "");
  truncateSync(tree.at("large.bin"), 20_000_000);
  for (const name of ["small", "texts", "huge", "readmes"]) mkdirSync(tree.at(name));
  for (let index = 0; index < 2000; index++) {
    writeFileSync(tree.at(`small/${index}.txt`), makeText(1000, index));
  }
  // Three times as much as the cache has room for.
  for (let index = 0; index < 150; index++) {
    writeFileSync(tree.at(`texts/${index}.txt`), rotated(index));
  }
  for (let index = 0; index < 20_000; index++)
    writeFileSync(tree.at(`huge/entry ${index}.txt`), "");
  for (let index = 0; index < 8; index++) {
    mkdirSync(tree.at(`readmes/${index}`));
    writeFileSync(tree.at(`readmes/${index}/README.md`), readme(index));
  }
}

/** A text of 1 MB, none like another: to make each anew would take this process a tenth of a second. */
function rotated(by: number): string {
  return LARGE_TEXT.slice(by) + LARGE_TEXT.slice(0, by);
}

/** A text that is rendered, or one that takes too long. */
function readme(index: number): string {
  return index === 0
    ? "_www.".repeat(20_000)
    : `# ${index}\n\nSome *words*.\n\n`.repeat(500 * index);
}

function pick(count: number): number {
  return Math.floor(Math.random() * count);
}

function oneOf<T>(items: readonly T[]): T {
  return items[pick(items.length)] as T; // the index is one of the array
}

async function repeat(name: string, visit: () => Promise<unknown>): Promise<void> {
  const counts = visits.get(name) ?? { answered: 0, failed: 0 };
  const fail = (error: Error) => {
    counts.failed++;
    // A server that refuses everything would fill the screen.
    if (counts.failed <= TOLD_FAILURES) progress(`${name}: ${error.message}`);
  };
  while (!isOver) {
    await visit().then(() => counts.answered++, fail);
    await rest(REST_SECONDS);
  }
}

/**
 * Asks on a connection of its own, and throws away what comes, until the end or so many bytes. Rejects if
 * nothing comes, or an error.
 */
function take(
  target: string,
  fields: Readonly<Record<string, string>> = {},
  atMost = Infinity,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connectTo(port);
  let received = 0;
  let status = "";
  socket.setTimeout(PATIENCE_SECONDS * 1000, () => socket.destroy());
  socket.on("data", (data) => {
    // The first piece may be shorter than the status.
    status += data.toString("latin1", 0, STATUS_BYTES - status.length);
    received += data.length;
    if (received >= atMost) socket.resetAndDestroy();
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    if (status.startsWith("HTTP/1.1 2")) resolve();
    else reject(new Error(status === "" ? "no answer" : status));
  });
  socket.write(formatRequest("GET", target, { ...fields, Connection: "close" }));
  return promise;
}

/** Asks, and reads nothing for some seconds. */
async function stall(target: string): Promise<void> {
  const socket = connectTo(port);
  socket.on("error", () => socket.destroy());
  socket.pause();
  socket.write(formatRequest("GET", target));
  await rest(5);
  socket.resetAndDestroy();
}

async function change(): Promise<void> {
  writeFileSync(tree.at(`texts/${pick(150)}.txt`), rotated(pick(LARGE_TEXT.length)));
  await rest(1);
}

function look(): Look {
  try {
    return {
      memoryMb: memoryMb(pid, "VmRSS"),
      openFiles: readdirSync(`/proc/${pid}/fd`).length,
    };
  } catch (cause) {
    throw new Error("the server has ended", { cause });
  }
}

/** Looks at the server each second, and sums it up each minute. */
async function watch(): Promise<Minute[]> {
  const done: Minute[] = [];
  const startMs = performance.now();
  while (done.length < minutes) {
    const looks: Look[] = [];
    const endMs = startMs + (done.length + 1) * MINUTE_MS;
    while (performance.now() < endMs) {
      await rest(1);
      if (isOver) return done;
      looks.push(look());
    }
    const minute = summarize(done.length + 1, looks);
    progress(`minute ${minute.minute}: ${minute.memoryMb} MB, ${minute.openFiles} open files`);
    done.push(minute);
  }
  return done;
}

function report(echoMs: number): void {
  const cpuSeconds = cpuBetween(cpuBefore, readCpu(pid)) / 1e9;
  const counts = Array.from(visits, ([name, { answered, failed }]) => [
    name,
    formatCount(answered),
    formatCount(failed),
  ]);
  console.log(renderTable(["Visits", "answered", "failed"], counts));
  console.log(
    `peak ${memoryMb(pid, "VmHWM")} MB, CPU ${cpuSeconds.toFixed(0)} s, longest echo ${echoMs.toFixed(0)} ms`,
  );
  if (isInterrupted) {
    process.exitCode = 130;
    console.log("interrupted");
    return;
  }
  const warm = seen[WARM_MINUTE - 1];
  const last = seen.at(-1);
  if (warm === undefined || last === undefined) throw new Error("no minute is to be compared");
  const unanswered = Array.from(visits).filter(([, { answered }]) => answered === 0);
  const faults = [
    ...growthOf(warm, last).map((what) => `${what} grew`),
    ...unanswered.map(([name]) => `no answer to ${name}`),
  ];
  const rows = [warm, last].map(({ minute, memoryMb: mb, openFiles }) => [
    `minute ${minute}`,
    `${mb}`,
    `${openFiles}`,
  ]);
  console.log(renderTable(["Everything at once", "memory, MB", "open files"], rows));
  if (faults.length > 0) process.exitCode = 1;
  console.log(faults.length === 0 ? "steady" : `NOT STEADY: ${faults.join(", ")}`);
}
