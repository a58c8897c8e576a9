/**
 * Measures what a request costs the server, in CPU time, beside nginx and Bun's own ceiling: the
 * same files, the same load, in turns. Prints Markdown.
 *
 *   bun run bench [--rounds 5] [--seconds 2] [--only 1k,rest] [--write]
 *
 * `--write` puts the result into the README. Where nginx is not installed its column is empty.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { field, request } from "../helpers/raw-http.ts";
import { makeTree } from "../helpers/tree.ts";
import { cpuNs } from "./cpu.ts";
import { measureFairness } from "./fairness.ts";
import { load } from "./load.ts";
import { startMeerkat, startNginx, startStatic, writeFiles, type Peer } from "./peers.ts";
import { median, renderRows, renderTable, replaceReport, type Row } from "./report.ts";

/** The code of a server that has just started is still being compiled. */
const WARM_UP_SECONDS = 2;

const README = resolve(import.meta.dir, "../../README.md");

interface Case {
  readonly name: string;
  readonly label: string;
  readonly target: string;
  /** Ask with the ETag that the server gave, for a 304. */
  readonly isConditional?: boolean;
  /** The static server has nothing to compare with. */
  readonly isOurs?: boolean;
}

const CASES: readonly Case[] = [
  { name: "1k", label: "1 KB", target: "/1k.bin" },
  { name: "10k", label: "10 KB", target: "/10k.bin" },
  { name: "100k", label: "100 KB", target: "/100k.bin" },
  { name: "10m", label: "10 MB", target: "/10m.bin" },
  { name: "304", label: "304", target: "/1k.bin", isConditional: true, isOurs: true },
  { name: "rest", label: "`/rest`", target: "/rest" },
  { name: "404", label: "404", target: "/nothing", isOurs: true },
];

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "2" },
    only: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const wanted = values.only?.split(",");

using tree = makeTree({ "files/": "" });
const directory = tree.at("files");
writeFiles(directory);

await using stack = new AsyncDisposableStack();
const started = [startMeerkat(directory), startNginx(directory), startStatic(directory)];
const peers = (await Promise.all(started)).filter((peer) => peer !== undefined);
for (const peer of peers) stack.use(peer);
if (peers.length < started.length) console.error("nginx is not installed: its column stays empty");

const rows: Row[] = [];
for (const each of CASES.filter(({ name }) => wanted?.includes(name) ?? true)) {
  rows.push(await measureCase(each));
}
const report = [renderRows(rows), ...(wanted === undefined ? [await renderFairness()] : [])];
const text = `${describeMachine()}\n\n${report.join("\n")}`;
console.log(text);
if (values.write) write(text);

async function measureCase(each: Case): Promise<Row> {
  const figures = new Map<Peer["name"], number[]>();
  const compared = peers.filter(({ name }) => name !== "static" || each.isOurs !== true);
  for (const peer of compared) await measure(peer, each, WARM_UP_SECONDS);
  for (let round = 1; round <= rounds; round++) {
    for (const peer of compared) {
      const figure = await measure(peer, each, seconds);
      console.error(
        `${each.label}, round ${round} of ${rounds}: ${peer.name} ${figure.toFixed(1)} µs`,
      );
      figures.set(peer.name, [...(figures.get(peer.name) ?? []), figure]);
    }
  }
  const of = (name: Peer["name"]) =>
    figures.has(name) ? median(figures.get(name) ?? []) : undefined;
  return {
    label: each.label,
    meerkat: of("meerkat") ?? 0,
    nginx: of("nginx"),
    static: of("static"),
  };
}

/** CPU time of the server, in µs, for each request that was answered. */
async function measure(peer: Peer, each: Case, duration: number): Promise<number> {
  const { port } = peer;
  const etag = each.isConditional === true ? await etagOf(peer, each.target) : undefined;
  const fields = etag === undefined ? {} : { "If-None-Match": etag };
  const before = cpuNs(peer.pids());
  const requests = await load({ port, target: each.target, fields, seconds: duration });
  return (cpuNs(peer.pids()) - before) / requests / 1000;
}

async function etagOf({ port }: Peer, target: string): Promise<string> {
  return field(await request(port, "GET", target), "etag") ?? "";
}

async function renderFairness(): Promise<string> {
  const table: string[][] = [];
  for (const peer of peers.filter(({ name }) => name !== "static")) {
    console.error(`a small file beside eight downloads: ${peer.name}`);
    const { p50, p99, max } = await measureFairness(peer);
    table.push([peer.name, ...[p50, p99, max].map((figure) => `${figure.toFixed(1)} ms`)]);
  }
  return renderTable(["1 KB beside eight downloads of 1 GB", "p50", "p99", "max"], table);
}

function describeMachine(): string {
  const date = new Date().toISOString().slice(0, 10);
  const [cpu] = cpus();
  const model = cpu?.model.trim() ?? "unknown";
  return `${date}, Bun ${Bun.version}, ${cpus().length} cores of ${model}, 64 connections kept alive, median of ${rounds} rounds.`;
}

function write(section: string): void {
  const replaced = replaceReport(readFileSync(README, "utf8"), section);
  if (replaced === undefined) console.error("the README has no <!-- bench --> to write to");
  else writeFileSync(README, replaced);
}
