import { OPCODE, RawWebSocket } from "../helpers/raw-websocket.ts";
import type { Peer } from "./peer.ts";
import { progress } from "./progress.ts";
import {
  formatCount,
  formatMicroseconds,
  formatMilliseconds,
  formatRatio,
  renderTable,
} from "./report.ts";
import { slowed } from "./slowed.ts";
import { median } from "./stats.ts";

/** The task of the client process. */
export interface EchoLoad {
  readonly port: number;
  /** The server's process, for its CPU time. */
  readonly pid: number;
  readonly connections: number;
  /** The size of a message. */
  readonly bytes: number;
  readonly seconds: number;
}

/** The result of the client process. */
export interface EchoResult {
  readonly messagesPerSecond: number;
  /** The server's CPU time for each echo. */
  readonly cpuMicroseconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The load of the client; near 1 the client, not the server, may be the limit. */
  readonly clientBusy: number;
}

/** A size of messages and a number of connections. */
export interface EchoCase {
  readonly key: string;
  readonly title: string;
  readonly connections: number;
  readonly bytes: number;
  /** Each echo takes so long that a usual round would have only a few. */
  readonly isSlow?: boolean;
  /** The servers have just started; otherwise they have had the load of the cases before. */
  readonly isFresh?: boolean;
}

/** A case with the figures of its rounds, by the name of the server. */
export interface EchoRow {
  readonly title: string;
  readonly results: Readonly<Record<string, EchoFigures>>;
}

/** The medians of the rounds, and the CPU time of the cheapest. */
export interface EchoFigures extends EchoResult {
  readonly leastCpu: number;
}

const KB = 1024;
const MB = 1024 * KB;

export const ECHO_CASES: readonly EchoCase[] = [
  { key: "20x1", title: "20 B × 1", bytes: 20, connections: 1 },
  { key: "20", title: "20 B × 64", bytes: 20, connections: 64 },
  { key: "1k", title: "1 KB × 64", bytes: KB, connections: 64 },
  { key: "16k", title: "16 KB × 64", bytes: 16 * KB, connections: 64 },
  { key: "16kx500", title: "16 KB × 500", bytes: 16 * KB, connections: 500 },
  { key: "1m", title: "1 MB × 64", bytes: MB, connections: 64, isSlow: true },
  { key: "1mx500", title: "1 MB × 500", bytes: MB, connections: 500, isSlow: true },
  {
    key: "fresh",
    title: "1 MB × 500, fresh",
    bytes: MB,
    connections: 500,
    isSlow: true,
    isFresh: true,
  },
];

/** The number of rounds and their duration. */
export interface EchoLoadOptions {
  readonly rounds: number;
  readonly seconds: number;
}

/** Starts a server. */
export type StartEcho = () => Promise<Peer>;

/** Loads the servers in turns, so that other work of the machine affects all of them alike. */
export async function measureEchoes(
  starts: readonly StartEcho[],
  cases: readonly EchoCase[],
  options: EchoLoadOptions,
): Promise<EchoRow[]> {
  await using stack = new AsyncDisposableStack();
  const used = await startAll(starts, stack);
  const rows: EchoRow[] = [];
  for (const subject of cases) {
    await using freshStack = new AsyncDisposableStack();
    const peers = subject.isFresh === true ? await startAll(starts, freshStack) : used;
    rows.push(await measureCase(peers, subject, options));
  }
  return rows;
}

async function startAll(
  starts: readonly StartEcho[],
  stack: AsyncDisposableStack,
): Promise<Peer[]> {
  const peers = await Promise.all(starts.map((start) => start()));
  for (const peer of peers) stack.use(peer);
  return peers;
}

async function measureCase(
  peers: readonly Peer[],
  { title, connections, bytes, isSlow = false }: EchoCase,
  options: EchoLoadOptions,
): Promise<EchoRow> {
  const { rounds, seconds } = isSlow ? slowed(options) : options;
  const results = new Map(peers.map(({ name }) => [name, [] as EchoResult[]]));
  for (const peer of peers) await rehearse(peer, bytes);
  for (let round = 1; round <= rounds; round++) {
    for (const { name, port, pid } of peers) {
      const result = await runClient({ port, pid, connections, bytes, seconds });
      results.get(name)?.push(result);
      progress(`${title}, round ${round} of ${rounds}: ${name} ${describe(result)}`);
    }
  }
  const figures = Array.from(results, ([name, each]) => [name, figuresOf(each)] as const);
  return { title, results: Object.fromEntries(figures) };
}

/** Throws unless a message comes back unaltered, as echoes under load are only counted. */
async function rehearse({ name, port }: Peer, bytes: number): Promise<void> {
  using socket = await RawWebSocket.open(port);
  const message = Buffer.alloc(bytes, "Meerkat");
  socket.send(OPCODE.text, message);
  const echo = await socket.receive();
  if (echo?.opcode !== OPCODE.text || !echo.payload.equals(message)) {
    throw new Error(`${name} does not echo ${bytes} bytes`);
  }
}

async function runClient(load: EchoLoad): Promise<EchoResult> {
  const script = `${import.meta.dir}/echo-client.ts`;
  const child = Bun.spawn([process.execPath, "run", script, JSON.stringify(load)], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const output = await child.stdout.text();
  if ((await child.exited) !== 0) throw new Error("the client failed");
  return JSON.parse(output) as EchoResult; // as echo-client.ts writes it
}

function describe({ messagesPerSecond, cpuMicroseconds, clientBusy }: EchoResult): string {
  const client = `client ${Math.round(clientBusy * 100)} % busy`;
  return `${formatCount(messagesPerSecond)}/s, ${formatMicroseconds(cpuMicroseconds)} µs, ${client}`;
}

/** Returns the median of each figure, and the least CPU time. */
export function figuresOf(results: readonly EchoResult[]): EchoFigures {
  const of = (figure: keyof EchoResult) => median(results.map((result) => result[figure]));
  return {
    messagesPerSecond: of("messagesPerSecond"),
    cpuMicroseconds: of("cpuMicroseconds"),
    p50Ms: of("p50Ms"),
    p99Ms: of("p99Ms"),
    clientBusy: of("clientBusy"),
    leastCpu: Math.min(...results.map(({ cpuMicroseconds }) => cpuMicroseconds)),
  };
}

/** Renders the rows as Markdown tables, with our figures beside those of others. */
export function renderEchoes(rows: readonly EchoRow[]): string {
  const costs = rows.map(({ title, results: { meerkat, bare, ws } }) => [
    title,
    ...[meerkat, bare, ws].map(formatCpu),
    formatRatio(meerkat?.leastCpu, bare?.leastCpu),
    formatRatio(meerkat?.leastCpu, ws?.leastCpu),
  ]);
  const rates = rows.map(({ title, results: { meerkat, bare, ws } }) => [
    title,
    ...[meerkat, bare, ws].map((result) => formatCount(result?.messagesPerSecond)),
    ...[meerkat, ws].map(formatRoundTrip),
  ]);
  const servers = ["Meerkat", "bare Bun", "`ws`"];
  return [
    renderTable(["CPU-µs an echo", ...servers, "of bare", "of `ws`"], costs),
    renderTable(["echoes a second", ...servers, "p50 / p99", "of `ws`"], rates),
  ].join("\n");
}

function formatCpu(figures: EchoFigures | undefined): string {
  if (figures === undefined) return formatMicroseconds(undefined);
  const { leastCpu, cpuMicroseconds } = figures;
  return `${formatMicroseconds(leastCpu)} (${formatMicroseconds(cpuMicroseconds)})`;
}

function formatRoundTrip(result: EchoResult | undefined): string {
  if (result === undefined) return "–";
  return `${formatMilliseconds(result.p50Ms)} / ${formatMilliseconds(result.p99Ms)} ms`;
}
