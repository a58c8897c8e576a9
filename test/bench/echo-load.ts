import { OPCODE, RawWebSocket } from "../helpers/raw-websocket.ts";
import type { Peer } from "./peer.ts";
import { progress } from "./progress.ts";
import { formatCount, formatMicroseconds, formatMilliseconds, renderTable } from "./report.ts";
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
  readonly title: string;
  readonly connections: number;
  readonly bytes: number;
}

/** A case with the medians of its rounds, by the name of the server. */
export interface EchoRow {
  readonly title: string;
  readonly results: Readonly<Record<string, EchoResult>>;
}

const SIZES = [
  { title: "20 B", bytes: 20 },
  { title: "1 KB", bytes: 1024 },
  { title: "16 KB", bytes: 16 * 1024 },
  { title: "1 MB", bytes: 1024 * 1024 },
] as const;

const CONNECTIONS = [1, 64, 500] as const;

/** All sizes with all numbers of connections. */
export const ECHO_CASES: readonly EchoCase[] = SIZES.flatMap(({ title, bytes }) =>
  CONNECTIONS.map((connections) => ({ title: `${title} × ${connections}`, connections, bytes })),
);

/** The number of rounds and their duration. */
export interface EchoLoadOptions {
  readonly rounds: number;
  readonly seconds: number;
}

/** Loads the servers in turns, so that other work of the machine affects all of them alike. */
export async function measureEchoes(
  peers: readonly Peer[],
  { rounds, seconds }: EchoLoadOptions,
): Promise<EchoRow[]> {
  const rows: EchoRow[] = [];
  for (const { title, connections, bytes } of ECHO_CASES) {
    const results = new Map(peers.map(({ name }) => [name, [] as EchoResult[]]));
    for (const peer of peers) await rehearse(peer, bytes);
    for (let round = 1; round <= rounds; round++) {
      for (const { name, port, pid } of peers) {
        const result = await runClient({ port, pid, connections, bytes, seconds });
        results.get(name)?.push(result);
        progress(`${title}, round ${round} of ${rounds}: ${name} ${describe(result)}`);
      }
    }
    const medians = Array.from(results, ([name, each]) => [name, medianResult(each)] as const);
    rows.push({ title, results: Object.fromEntries(medians) });
  }
  return rows;
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

/** Returns the median of each figure. */
export function medianResult(results: readonly EchoResult[]): EchoResult {
  const of = (figure: keyof EchoResult) => median(results.map((result) => result[figure]));
  return {
    messagesPerSecond: of("messagesPerSecond"),
    cpuMicroseconds: of("cpuMicroseconds"),
    p50Ms: of("p50Ms"),
    p99Ms: of("p99Ms"),
    clientBusy: of("clientBusy"),
  };
}

/** Renders the rows as a Markdown table, with our figures beside those of `ws`. */
export function renderEchoes(rows: readonly EchoRow[]): string {
  const head = ["Message × connections", "echoes/s", "`ws`", "CPU-µs an echo", "`ws`"];
  const cells = rows.map(({ title, results: { meerkat, ws } }) => [
    title,
    formatCount(meerkat?.messagesPerSecond),
    formatCount(ws?.messagesPerSecond),
    formatMicroseconds(meerkat?.cpuMicroseconds),
    formatMicroseconds(ws?.cpuMicroseconds),
    formatRoundTrip(meerkat),
    formatRoundTrip(ws),
  ]);
  return renderTable([...head, "p50 / p99", "`ws`"], cells);
}

function formatRoundTrip(result: EchoResult | undefined): string {
  if (result === undefined) return "–";
  return `${formatMilliseconds(result.p50Ms)} / ${formatMilliseconds(result.p99Ms)} ms`;
}
