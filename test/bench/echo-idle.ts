import { constants, deflateRawSync } from "node:zlib";
import { connectionsWithin, readOpenFileLimit } from "../../src/system/descriptors.ts";
import { memoryKb } from "../helpers/memory.ts";
import { formatFrame, OPCODE } from "../helpers/raw-websocket.ts";
import { openConnections, type EchoConnection } from "./echo-connection.ts";
import type { Peer } from "./peer.ts";
import { progress } from "./progress.ts";
import { formatCount, renderTable } from "./report.ts";

/** The number of idle connections. */
const CONNECTIONS = 10_000;

/** The time in which an idle server's garbage collector finishes its work. */
const SETTLE_MS = 4000;

/** The offer of browsers. */
const DEFLATE_OFFER = "permessage-deflate; client_max_window_bits";

/** The first reserved bit, which marks a compressed message: RFC 7692 §6.1. */
const COMPRESSED = 4;

/** The length of 00 00 ff ff, which is left out at the end of a message: RFC 7692 §7.2.1. */
const TAIL_BYTES = 4;

/** Starts a server with compression or without. */
export type StartPeer = (options: { readonly deflate: boolean }) => Promise<Peer>;

/** A server's memory for each idle connection, in KB. */
export interface IdleFigures {
  readonly opened: number;
  /** After each connection has echoed 1 KB. */
  readonly used: number;
}

/** The figures of all servers by name; a server that does not accept compression has none for it. */
export interface IdleRow {
  readonly deflate: boolean;
  readonly connections: number;
  readonly figures: Readonly<Record<string, IdleFigures | undefined>>;
}

/** Measures the memory of idle connections in newly started servers, plain and with compression. */
export async function measureIdle(starts: readonly StartPeer[]): Promise<IdleRow[]> {
  const connections = Math.min(CONNECTIONS, connectionsWithin(readOpenFileLimit()));
  if (connections < CONNECTIONS) progress(`only ${connections} connections: raise ulimit -n`);
  const rows: IdleRow[] = [];
  for (const deflate of [false, true]) {
    const figures: Record<string, IdleFigures | undefined> = {};
    for (const start of starts) {
      await using peer = await start({ deflate });
      figures[peer.name] = await measurePeer(peer, connections, deflate);
    }
    rows.push({ deflate, connections, figures });
  }
  return rows;
}

async function measurePeer(
  { name, port, pid }: Peer,
  count: number,
  deflate: boolean,
): Promise<IdleFigures | undefined> {
  const label = `${count} idle connections${deflate ? " with compression" : ""}: ${name}`;
  progress(label);
  const before = await settledKb(pid);
  const fields = deflate ? { "Sec-WebSocket-Extensions": DEFLATE_OFFER } : {};
  const connections = await openConnections(count, { port, fields });
  let broken = 0;
  for (const connection of connections) connection.onEnd = () => broken++;
  try {
    if (connections.some(({ isDeflated }) => isDeflated !== deflate)) return undefined;
    const opened = ((await settledKb(pid)) - before) / count;
    await echoOnEach(connections, formatMessage(deflate));
    const used = ((await settledKb(pid)) - before) / count;
    if (broken > 0) throw new Error(`${name}: ${broken} connections broke`);
    progress(`${label} ${opened.toFixed(1)} KB each, ${used.toFixed(1)} KB after an echo`);
    return { opened, used };
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** Formats a kilobyte of text that resembles a line of JSON. */
function formatMessage(deflate: boolean): Buffer {
  const text = Array.from({ length: 128 }, (_, index) => String(index * 7919).padStart(8)).join("");
  if (!deflate) return formatFrame(OPCODE.text, text);
  const flushed = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH });
  const compressed = flushed.subarray(0, -TAIL_BYTES);
  return formatFrame(OPCODE.text, compressed, { reserved: COMPRESSED });
}

/** Sends a message on one connection after the other, so that only one is under way at a time. */
async function echoOnEach(connections: readonly EchoConnection[], frame: Buffer): Promise<void> {
  for (const connection of connections) {
    await new Promise<void>((echoed) => {
      connection.onEcho = echoed;
      connection.send(frame);
    });
  }
}

async function settledKb(pid: number): Promise<number> {
  await Bun.sleep(SETTLE_MS);
  return memoryKb(pid, "VmRSS");
}

/** Renders the rows as a Markdown table. */
export function renderIdle(rows: readonly IdleRow[]): string {
  const [{ connections = 0 } = {}] = rows;
  const format = (figure: number | undefined) =>
    figure === undefined ? "–" : `${figure.toFixed(1)} KB`;
  const cells = rows.flatMap(({ deflate, figures: { meerkat, ws } }) => {
    const kind = deflate ? "permessage-deflate" : "plain";
    return [
      [kind, format(meerkat?.opened), format(ws?.opened)],
      [`${kind}, after an echo of 1 KB each`, format(meerkat?.used), format(ws?.used)],
    ];
  });
  const title = `Memory a connection, ${formatCount(connections)} idle`;
  return renderTable([title, "Meerkat", "`ws`"], cells);
}
