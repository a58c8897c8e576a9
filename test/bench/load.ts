import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** The requests of a load, and its duration. */
export interface Load {
  readonly port: number;
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
}

/** The counts of a load. */
export interface LoadResult {
  /** Complete answers, of any status. */
  readonly answers: number;
  /** Received bytes, including those of incomplete answers. */
  readonly bytes: number;
  /** Answers with a status of 400 or more; for autocannon, all but 2xx. */
  readonly refusals: number;
  /** Connections that could not be made, or broke. */
  readonly failures: number;
}

/** A load generator. */
export interface Generator {
  readonly name: string;
  readonly run: (load: Load) => Promise<LoadResult>;
}

/** Chooses wrk if it is installed, and otherwise autocannon, which Bun fetches. */
export function chooseGenerator(scratch: string): Generator {
  const wrk = Bun.which("wrk");
  if (wrk === null) return { name: "autocannon", run: runAutocannon };
  const script = join(scratch, "report.lua");
  writeFileSync(script, WRK_REPORT);
  return { name: "wrk", run: (load) => runWrk(wrk, script, load) };
}

/** A script that makes wrk print exact counts, as its usual output is rounded. */
const WRK_REPORT = `done = function(summary)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write
  io.write(string.format("\\ncounted %.0f %.0f %.0f %.0f\\n",
    summary.requests, summary.bytes, errors.status, broken))
end
`;

async function runWrk(wrk: string, script: string, load: Load): Promise<LoadResult> {
  const { connections, seconds } = load;
  const shape = ["-t1", `-c${connections}`, `-d${seconds}s`, "-s", script];
  const fields = Object.entries(load.fields).flatMap(([name, value]) => [
    "-H",
    `${name}: ${value}`,
  ]);
  return parseWrk(await outputOf([wrk, ...shape, ...fields, urlOf(load)]));
}

/** Parses the line that our script makes wrk print; throws if it is missing. */
export function parseWrk(output: string): LoadResult {
  const line = /^counted (\d+) (\d+) (\d+) (\d+)$/m.exec(output);
  if (line === null) throw new Error(`wrk counted nothing: ${output}`);
  const [answers = NaN, bytes = NaN, refusals = NaN, failures = NaN] = line.slice(1).map(Number);
  return { answers, bytes, refusals, failures };
}

async function runAutocannon(load: Load): Promise<LoadResult> {
  const shape = ["-c", String(load.connections), "-d", String(load.seconds), "--json"];
  const fields = Object.entries(load.fields).flatMap(([name, value]) => ["-H", `${name}=${value}`]);
  const command = [process.execPath, "x", "autocannon@8", ...shape, ...fields, urlOf(load)];
  return parseAutocannon(await outputOf(command));
}

/** Parses the output of `autocannon --json`; throws for anything else. */
export function parseAutocannon(output: string): LoadResult {
  const report: unknown = JSON.parse(output);
  const read = (...path: readonly string[]) => numberAt(report, path);
  return {
    answers: read("requests", "total"),
    bytes: read("throughput", "total"),
    refusals: read("non2xx"),
    failures: read("errors"),
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

function urlOf({ port, path }: Load): string {
  return `http://127.0.0.1:${port}${path}`;
}

async function outputOf(command: readonly string[]): Promise<string> {
  const child = Bun.spawn([...command], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, exitCode] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.trim() || stdout.trim()}`);
  return stdout;
}
