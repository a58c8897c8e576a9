import { constants, deflateRawSync } from "node:zlib";
import { connectionsWithin, openFileLimit } from "../../src/system/descriptors.ts";
import { memoryKb } from "../helpers/memory.ts";
import { formatFrame, OPCODE } from "../helpers/raw-websocket.ts";
import { openConnections, type EchoConnection } from "./echo-connection.ts";
import type { Peer } from "./peer.ts";
import { progress } from "./progress.ts";
import { formatCount, renderTable } from "./report.ts";

/** How many connections are held. */
const CONNECTIONS = 10_000;

/** Until a server's garbage collector has done what it does when there is time for it. */
const SETTLE_MS = 4000;

/** As browsers offer it. */
const DEFLATE_OFFER = "permessage-deflate; client_max_window_bits";

/** RFC 7692 §6.1: the first reserved bit says that a message is compressed. */
const COMPRESSED = 4;

/** What of the message stays, 00 00 ff ff, is left out: RFC 7692 §7.2.1. */
const TAIL_BYTES = 4;

/** Starts a server with compression or without. */
export type StartPeer = (options: { readonly deflate: boolean }) => Promise<Peer>;

/** KB of a server's memory for each idle connection. */
export interface IdleFigures {
  readonly opened: number;
  /** After each of them has echoed 1 KB. */
  readonly used: number;
}

/** The figures of all servers, by name; none where compression was offered and not accepted. */
export interface IdleRow {
  readonly deflate: boolean;
  readonly connections: number;
  readonly figures: Readonly<Record<string, IdleFigures | undefined>>;
}

/** Measures what idle connections cost servers that were just started, plain and with compression. */
export async function measureIdle(starts: readonly StartPeer[]): Promise<IdleRow[]> {
  const connections = Math.min(CONNECTIONS, connectionsWithin(openFileLimit()));
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

/** A kilobyte of text, as one line of JSON may be. */
function formatMessage(deflate: boolean): Buffer {
  const text = Array.from({ length: 128 }, (_, index) => String(index * 7919).padStart(8)).join("");
  if (!deflate) return formatFrame(OPCODE.text, text);
  const flushed = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH });
  const compressed = flushed.subarray(0, -TAIL_BYTES);
  return formatFrame(OPCODE.text, compressed, { reserved: COMPRESSED });
}

/** One after the other, so that no more than one message is under way. */
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
