import { field, request } from "../helpers/raw-http.ts";
import type { Case, Site } from "./cases.ts";
import { cpuBetween, readCpu } from "./cpu.ts";
import { chooseGenerator, type Generator, type LoadResult } from "./load.ts";
import type { Peer } from "./peer.ts";
import { progress } from "./progress.ts";
import { formatMicroseconds, formatRatio, renderTable } from "./report.ts";
import { median } from "./stats.ts";

/** The number of rounds and their duration. */
export interface PriceOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly cases: readonly Case[];
}

/** The price of a case by server: CPU-µs per request, the median of the rounds. */
export interface PriceRow {
  readonly title: string;
  readonly prices: Readonly<Record<string, number>>;
}

/** The time in which the code of a new server is still being compiled. */
const WARM_UP_SECONDS = 2;

/** A case that a server has answered correctly once. */
interface Lane {
  readonly peer: Peer;
  readonly subject: Case;
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * Measures the price of each case for each server, in turns, so that other work of the machine affects
 * all of them alike.
 */
export async function measurePrices(
  peers: readonly Peer[],
  site: Site,
  options: PriceOptions,
): Promise<PriceRow[]> {
  const generator = chooseGenerator(site.path);
  const rows: PriceRow[] = [];
  for (const subject of options.cases) {
    const lanes: Lane[] = [];
    for (const peer of peers.filter(({ name }) => name !== "static" || subject.isStatic)) {
      lanes.push({ peer, subject, fields: await rehearse(peer, subject) });
    }
    const prices = await measureLanes(lanes, generator, options);
    rows.push({ title: subject.title, prices });
  }
  return rows;
}

/** Sends a request once and returns the fields to send; throws unless the answer fits the case. */
async function rehearse(peer: Peer, subject: Case): Promise<Record<string, string>> {
  const { path, status, bodyBytes, isConditional = false } = subject;
  const fields: Record<string, string> = {};
  if (isConditional) {
    fields["If-None-Match"] = field(await request(peer.port, "GET", path), "ETag") ?? "";
  }
  const answer = await request(peer.port, "GET", path, fields);
  if (answer.status !== status || answer.body.length !== (bodyBytes ?? answer.body.length)) {
    const got = `${answer.status} with ${answer.body.length} bytes`;
    throw new Error(`${peer.name} answers ${subject.title} with ${got}`);
  }
  return fields;
}

async function measureLanes(
  lanes: readonly Lane[],
  generator: Generator,
  { rounds, seconds }: PriceOptions,
): Promise<Record<string, number>> {
  const figures = new Map(lanes.map(({ peer }) => [peer.name, [] as number[]]));
  for (const lane of lanes) await generator.run(loadOf(lane, WARM_UP_SECONDS));
  for (let round = 1; round <= rounds; round++) {
    for (const lane of lanes) {
      const price = await measure(lane, generator, seconds);
      figures.get(lane.peer.name)?.push(price);
      progress(`${labelOf(lane)}, round ${round} of ${rounds}: ${formatMicroseconds(price)} µs`);
    }
  }
  return Object.fromEntries(Array.from(figures, ([name, each]) => [name, median(each)]));
}

/** Measures the server's CPU time per answer, in microseconds. */
async function measure(lane: Lane, generator: Generator, seconds: number): Promise<number> {
  const before = readCpu(lane.peer.pid);
  const result = await generator.run(loadOf(lane, seconds));
  const after = readCpu(lane.peer.pid);
  if (result.failures > 0) {
    throw new Error(`${labelOf(lane)}: ${result.failures} connections failed`);
  }
  return cpuBetween(before, after) / 1000 / countAnswers(result, lane.subject.bodyBytes);
}

/** From this size on, the answers that are incomplete at the end matter. */
const COUNT_BY_BYTES_FROM = 1024 * 1024;

/** Counts complete answers; for large ones, also the parts of incomplete answers. */
export function countAnswers({ answers, bytes }: LoadResult, bodyBytes = 0): number {
  return bodyBytes < COUNT_BY_BYTES_FROM ? answers : bytes / bodyBytes;
}

function loadOf({ peer, subject, fields }: Lane, seconds: number) {
  const { path, connections } = subject;
  return { port: peer.port, path, fields, connections, seconds };
}

function labelOf({ peer, subject }: Lane): string {
  return `${subject.title} ${peer.name}`;
}

/** Renders the rows as a Markdown table. */
export function renderPrices(rows: readonly PriceRow[]): string {
  const cells = rows.map(({ title, prices: { meerkat = Number.NaN, nginx, static: least } }) => [
    title,
    formatMicroseconds(meerkat),
    formatMicroseconds(nginx),
    formatMicroseconds(least),
    formatRatio(meerkat, nginx),
    formatRatio(meerkat, least),
  ]);
  return renderTable(
    ["CPU-µs a request", "Meerkat", "nginx", "static `Response`", "of nginx", "of static"],
    cells,
  );
}
