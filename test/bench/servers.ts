import { existsSync } from "node:fs";
import { memoryKb } from "../helpers/memory.ts";
import { SERVER_CASES } from "./cases.ts";
import { familyOf } from "./cpu.ts";
import { BROWSER } from "./fields.ts";
import { measureCases, type Figures, type Rounds, type Row } from "./lanes.ts";
import { OTHER_SERVERS } from "./other-servers.ts";
import { startMeerkat } from "./peer.ts";
import { startLeast, startOthers } from "./peers.ts";
import { formatCount, formatMicroseconds, renderTable } from "./report.ts";
import type { Site } from "./site.ts";

/** The rows of all cases, and the memory of each server after them. */
export interface Servers {
  readonly rows: readonly Row[];
  /** In KB, by the name of the server. */
  readonly memoryKb: Readonly<Record<string, number>>;
}

/** The name of a server in figures, and in tables. */
export interface Named {
  readonly name: string;
  readonly title: string;
}

/** The rows of the tables. */
const ROWS: readonly Named[] = [
  { name: "meerkat", title: "Meerkat" },
  ...OTHER_SERVERS,
  { name: "least", title: "Bun's least handler" },
];

/** The tables of a run, in Markdown. */
export interface ServersReport {
  /** The least CPU time of each case, and the memory. */
  readonly costs: string;
  /** The medians of the same, and the rates. */
  readonly others: string;
}

/** Measures the servers that people choose between, with a browser's fields. */
export async function reportServers(site: Site, options: Rounds): Promise<ServersReport> {
  await using stack = new AsyncDisposableStack();
  const meerkat = stack.use(await startMeerkat([site.files]));
  const others = await startOthers(
    OTHER_SERVERS.map(({ name }) => name),
    site,
    stack,
  );
  const peers = [meerkat, ...others, stack.use(await startLeast(meerkat))];
  const rows = await measureCases(peers, SERVER_CASES, BROWSER, options);
  const alive = peers.filter(({ pid }) => existsSync(`/proc/${pid}`));
  const memory = alive.map(({ name, pid }) => [name, residentKb(pid)] as const);
  const measured = { rows, memoryKb: Object.fromEntries(memory) };
  const medians = renderMedians(measured, ROWS);
  return {
    costs: renderCosts(measured, ROWS),
    others: `${medians}\n${renderRates(measured, ROWS)}`,
  };
}

/** Returns the resident memory of a process and its descendants. */
function residentKb(pid: number): number {
  return familyOf(pid).reduce((sum, each) => sum + memoryKb(each, "VmRSS"), 0);
}

/** Renders a table of what an answer costs, one server a row. */
export function renderCosts(
  { rows, memoryKb: memory }: Servers,
  servers: readonly Named[],
): string {
  const cells = servers.map(({ name, title }) => [
    title,
    ...rows.map(({ figures }) => formatMicroseconds(figures[name]?.leastCpu)),
    formatMemory(memory[name]),
  ]);
  return renderTable(["CPU-µs a request", ...rows.map(({ title }) => title), "memory"], cells);
}

/** Renders a table of the answers a second, one server a row, as the client lets them be. */
export function renderRates({ rows }: Servers, servers: readonly Named[]): string {
  return renderFigures("requests a second", { rows, servers }, ({ answersPerSecond }) =>
    formatCount(answersPerSecond),
  );
}

/** Renders a table of the medians, beside those of `renderCosts`. */
function renderMedians({ rows }: Servers, servers: readonly Named[]): string {
  return renderFigures("CPU-µs, median", { rows, servers }, ({ medianCpu }) =>
    formatMicroseconds(medianCpu),
  );
}

function renderFigures(
  head: string,
  { rows, servers }: { readonly rows: readonly Row[]; readonly servers: readonly Named[] },
  format: (figures: Figures) => string,
): string {
  const cells = servers.map(({ name, title }) => [
    title,
    ...rows.map(({ figures: { [name]: figures } }) =>
      figures === undefined ? formatCount(undefined) : format(figures),
    ),
  ]);
  return renderTable([head, ...rows.map(({ title }) => title)], cells);
}

function formatMemory(kb: number | undefined): string {
  return kb === undefined ? formatCount(undefined) : `${formatCount(kb / 1024)} MB`;
}
