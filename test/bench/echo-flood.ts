import { flood, NUMBER_BYTES } from "../helpers/flood.ts";
import { memoryMb } from "../helpers/memory.ts";
import { startMeerkat, type Peer } from "./peer.ts";
import { progress } from "./progress.ts";
import { formatCount, renderTable } from "./report.ts";

/** How long the client only writes. */
const SILENT_MS = 5000;

/** The most memory that the server may use. */
export const LIMIT_MB = 150;

/** The size and the number of a flood's messages. */
export interface FloodSize {
  /** The name of the size in `--size`. */
  readonly key: string;
  readonly title: string;
  readonly messageBytes: number;
  readonly messages: number;
}

/** The way in which the messages are sent. */
export interface FloodMode {
  /** The name of the mode in `--mode`. */
  readonly key: string;
  readonly title: string;
  readonly deflate?: boolean;
  readonly random?: boolean;
  readonly text?: boolean;
  readonly tls?: boolean;
}

/** The outcome of a flood. */
export interface FloodResult {
  readonly size: FloodSize;
  readonly mode: FloodMode;
  /** The number of messages that came back complete, in order and unaltered. */
  readonly received: number;
  readonly peakMb: number;
}

const MB = 1024 * 1024;
const TOTAL_BYTES = 300 * MB;

/** The sizes, with 300 MB each; fewer for the smallest, whose frames are three times as large. */
export const FLOOD_SIZES: readonly FloodSize[] = [
  { key: "1", title: "1 B", messageBytes: 1, messages: 5_000_000 },
  { key: "1k", title: "1 KB", messageBytes: 1024, messages: TOTAL_BYTES / 1024 },
  { key: "64k", title: "64 KB", messageBytes: 64 * 1024, messages: TOTAL_BYTES / (64 * 1024) },
  { key: "15m", title: "15 MB", messageBytes: 15 * MB, messages: TOTAL_BYTES / (15 * MB) },
];

export const FLOOD_MODES: readonly FloodMode[] = [
  { key: "plain", title: "plain" },
  { key: "text", title: "text", text: true },
  { key: "deflate", title: "compressed", deflate: true },
  { key: "random", title: "compressed, random bytes", deflate: true, random: true },
  { key: "tls", title: "TLS", tls: true },
];

/** Lists each size in each mode, but without random bytes if a message has only its number. */
export function planFloods(
  sizes: readonly FloodSize[],
  modes: readonly FloodMode[],
): { size: FloodSize; mode: FloodMode }[] {
  const all = modes.flatMap((mode) => sizes.map((size) => ({ size, mode })));
  return all.filter(({ size, mode }) => mode.random !== true || size.messageBytes > NUMBER_BYTES);
}

/** Floods a new server with each size in each mode; over TLS only if the server has it. */
export async function measureFloods(
  sizes: readonly FloodSize[],
  modes: readonly FloodMode[],
): Promise<FloodResult[]> {
  const hasTls = await offersTls();
  if (!hasTls) progress("floods over TLS are left out: the server has no --tls");
  const offered = modes.filter((mode) => mode.tls !== true || hasTls);
  const results: FloodResult[] = [];
  for (const { size, mode } of planFloods(sizes, offered)) {
    await using peer = await startMeerkat(mode.tls === true ? ["--tls"] : []);
    results.push(await measureFlood(peer, size, mode));
  }
  return results;
}

async function offersTls(): Promise<boolean> {
  const server = `${import.meta.dir}/../../server.ts`;
  return (await Bun.$`${process.execPath} run ${server} --help`.text()).includes("--tls");
}

async function measureFlood(peer: Peer, size: FloodSize, mode: FloodMode): Promise<FloodResult> {
  const { messages, messageBytes } = size;
  const label = `flood of ${size.title}, ${mode.title}`;
  let shown = 0;
  const received = await flood({
    ...mode,
    port: peer.port,
    messageBytes,
    messages,
    silentMs: SILENT_MS,
    onProgress(count) {
      if (count < shown + messages / 5) return;
      shown = count;
      progress(`${label}: ${count} of ${messages} back, ${memoryMb(peer.pid, "VmRSS")} MB`);
    },
  });
  return { size, mode, received, peakMb: memoryMb(peer.pid, "VmHWM") };
}

/** Tells whether all messages came back and the memory stayed below the limit. */
export function isGood({ size, received, peakMb }: FloodResult): boolean {
  return received === size.messages && peakMb < LIMIT_MB;
}

/** Renders the floods as a Markdown table of memory peaks and of lost messages. */
export function renderFloods(results: readonly FloodResult[]): string {
  const sizes = FLOOD_SIZES.filter((size) => results.some((result) => result.size === size));
  const modes = FLOOD_MODES.filter((mode) => results.some((result) => result.mode === mode));
  const head = sizes.map(({ title, messages }) => `${formatCount(messages)} × ${title}`);
  const cells = modes.map((mode) => [
    mode.title,
    ...sizes.map((size) =>
      formatResult(results.find((each) => each.size === size && each.mode === mode)),
    ),
  ]);
  return renderTable(["Memory at its peak", ...head], cells);
}

function formatResult(result: FloodResult | undefined): string {
  if (result === undefined) return "–";
  const missing = result.size.messages - result.received;
  const peak = `${result.peakMb} MB`;
  return missing === 0 ? peak : `${formatCount(missing)} missing, ${peak}`;
}
