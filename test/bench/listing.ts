/**
 * Measures the index of large directories: what a page of 5,000 entries takes on the wire and of the
 * server's CPU time, how long the first page of 100,000 takes in a server that has just started, and
 * how long an echo of another process takes meanwhile.
 *
 *   bun run test/bench/listing.ts
 */
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { memoryMb } from "../helpers/memory.ts";
import { portOf, runProgram } from "../helpers/program.ts";
import { request } from "../helpers/raw-http.ts";
import { makeTree } from "../helpers/tree.ts";
import { cpuBetween, readCpu } from "./cpu.ts";
import { median } from "./stats.ts";
import { startTicking } from "./ticking.ts";

const MANY = 5000;
const HUGE = 100_000;
const COLD_STARTS = 5;
const WARM_REQUESTS = 200;

/** The limits that the figures must not exceed. */
const LIMITS = { wireBytes: 60_000, cpuMs: 20, coldMs: 300, echoMs: 50 } as const;

const BROWSER = { Accept: "text/html", "Accept-Encoding": "gzip, deflate, br, zstd" };

const KINDS = [
  ["report ", ".txt"],
  ["IMG_", ".jpg"],
  ["data-", ".json"],
  ["notes-", ".md"],
  ["build.", ".tar.gz"],
] as const;

using tree = makeTree();
fill("many", MANY, 2);
fill("huge", HUGE, 3);

const many = await measureMany();
const huge = await measureHuge();
print("5,000 entries, a page on the wire, bytes", many.wireBytes, LIMITS.wireBytes);
print("5,000 entries, CPU of a page, warm, ms", many.cpuMs, LIMITS.cpuMs);
print("100,000 entries, first page, cold, ms", huge.coldMs, LIMITS.coldMs);
print("the longest echo meanwhile, ms", huge.echoMs, LIMITS.echoMs);
print("the longest echo beside eight who list it, ms", huge.crowdMs, LIMITS.echoMs);
console.log(`memory with the names kept: ${huge.memoryMb} MB`);

/** Fills a directory with names of several kinds, and incompressible sizes and times, always the same. */
function fill(directory: string, entries: number, seed: number): void {
  const random = makeRandom(seed);
  mkdirSync(tree.at(directory));
  for (let index = 0; index < entries; index++) {
    const [stem, extension] = KINDS[index % KINDS.length] ?? ["", ""];
    const path = tree.at(`${directory}/${stem}${Math.floor(random() * 1e9)}${extension}`);
    // In the huge directory only the names count.
    writeFileSync(path, entries > MANY ? "" : Buffer.alloc(Math.floor(random() ** 4 * 100_000)));
    const seconds = 1.6e9 + random() * 1.6e8;
    if (entries <= MANY) utimesSync(path, seconds, seconds);
  }
}

/** A linear congruential generator (Numerical Recipes), from 0 to 1. */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

async function measureMany() {
  await using program = runProgram([tree.path, "--port", "0"]);
  const port = portOf(await program.printed("REST"));
  const pages = await Promise.all(
    [1, 2, 3, 4, 5].map((page) => request(port, "GET", `/many/?page=${page}`, BROWSER)),
  );
  const ask = () => request(port, "GET", "/many/", BROWSER);
  for (let count = 0; count < WARM_REQUESTS; count++) await ask();
  const before = readCpu(program.pid);
  for (let count = 0; count < WARM_REQUESTS; count++) await ask();
  const cpuMs = cpuBetween(before, readCpu(program.pid)) / 1e6 / WARM_REQUESTS;
  return { wireBytes: Math.max(...pages.map(({ body }) => body.length)), cpuMs };
}

async function measureHuge() {
  const coldMs: number[] = [];
  const echoMs: number[] = [];
  const crowdMs: number[] = [];
  let memory = 0;
  for (let start = 0; start < COLD_STARTS; start++) {
    await using program = runProgram([tree.path, "--port", "0"]);
    const port = portOf(await program.printed("REST"));
    await using echo = await startTicking(port);
    const startMs = performance.now();
    await request(port, "GET", "/huge/", BROWSER);
    coldMs.push(performance.now() - startMs);
    echoMs.push(await echo.longestMs());
    crowdMs.push(await measureCrowd(port));
    memory = memoryMb(program.pid, "VmRSS");
  }
  return {
    coldMs: median(coldMs),
    echoMs: Math.max(...echoMs),
    crowdMs: Math.max(...crowdMs),
    memoryMb: memory,
  };
}

/** Requests listings in several orders, half of which have to stat every entry. */
async function measureCrowd(port: number): Promise<number> {
  await using echo = await startTicking(port);
  const queries = [
    "",
    "page=50",
    "order=desc",
    "page=99",
    "sort=size",
    "sort=time",
    "sort=size&order=asc",
    "sort=time&page=9",
  ];
  await Promise.all(queries.map((query) => request(port, "GET", `/huge/?${query}`, BROWSER)));
  return await echo.longestMs();
}

function print(what: string, value: number, limit: number): void {
  const isMet = value < limit;
  console.log(`${what}: ${value.toFixed(1)} (limit ${limit})${isMet ? "" : ", MISSED"}`);
  if (!isMet) process.exitCode = 1;
}
