import { makeTree } from "../helpers/tree.ts";
import { cpuBetween, readCpu } from "./cpu.ts";
import { outputOf } from "./npm.ts";
import { startMeerkat } from "./peer.ts";
import { progress } from "./progress.ts";
import { formatCount, formatMicroseconds, formatMilliseconds, renderTable } from "./report.ts";

/** The figures of a run of autocannon. */
export interface CannonResult {
  readonly requests: number;
  readonly seconds: number;
  /** All answers but 2xx, and connections that failed. */
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** The addresses that users try first. */
const TARGETS = ["/rest", "/test.html", "/"];

const SHAPE = ["-c", "64", "-d", "5"];

/** The files of the directory whose index is asked for. */
const ENTRIES = 20;

/** Runs autocannon as users do, against a directory of 20 files; returns Markdown. */
export async function reportAutocannon(): Promise<string> {
  const names = Array.from({ length: ENTRIES }, (_, index) => [`file ${index}.txt`, "text"]);
  using tree = makeTree(Object.fromEntries(names));
  await using meerkat = await startMeerkat([tree.path]);
  const cells: string[][] = [];
  for (const target of TARGETS) {
    const before = readCpu(meerkat.pid);
    const result = await runAutocannon(`http://127.0.0.1:${meerkat.port}${target}`);
    if (result === undefined) return "autocannon could not be had.\n";
    const cpu = cpuBetween(before, readCpu(meerkat.pid)) / 1000 / result.requests;
    progress(`autocannon ${target}: ${formatMicroseconds(cpu)} µs`);
    cells.push([
      `\`bunx autocannon ${SHAPE.join(" ")} http://localhost:8000${target}\``,
      formatCount(result.requests / result.seconds),
      `${formatMilliseconds(result.p50Ms)} ms`,
      `${formatMilliseconds(result.p99Ms)} ms`,
      `${formatMilliseconds(result.maxMs)} ms`,
      formatCount(result.failures),
      formatMicroseconds(cpu),
    ]);
  }
  const head = ["Command", "requests/s", "p50", "p99", "max", "failures", "CPU-µs of the server"];
  return renderTable(head, cells);
}

/** Runs it once; `undefined` if it cannot be had. */
async function runAutocannon(url: string): Promise<CannonResult | undefined> {
  const output = await outputOf([process.execPath, "x", "autocannon@8", ...SHAPE, "--json", url]);
  return output === undefined ? undefined : parseAutocannon(output);
}

/** Parses the output of `autocannon --json`; throws for anything else. */
export function parseAutocannon(output: string): CannonResult {
  const report: unknown = JSON.parse(output);
  const read = (...path: readonly string[]) => numberAt(report, path);
  return {
    requests: read("requests", "total"),
    seconds: read("duration"),
    failures: read("non2xx") + read("errors"),
    p50Ms: read("latency", "p50"),
    p99Ms: read("latency", "p99"),
    maxMs: read("latency", "max"),
  };
}

function numberAt(value: unknown, path: readonly string[]): number {
  const [name, ...rest] = path;
  if (name === undefined) {
    if (typeof value === "number") return value;
  } else if (typeof value === "object" && value !== null) {
    return numberAt(Reflect.get(value, name), rest);
  }
  throw new Error(`autocannon printed something else: ${JSON.stringify(value)}`);
}
