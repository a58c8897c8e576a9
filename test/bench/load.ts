import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fields } from "./fields.ts";

/** The requests of a load, and its duration. */
export interface Load {
  readonly port: number;
  readonly path: string;
  readonly fields: Fields;
  readonly connections: number;
  readonly seconds: number;
}

/** The counts of a load. */
export interface LoadResult {
  /** Complete answers, of any status. */
  readonly answers: number;
  /** Received bytes, including those of incomplete answers. */
  readonly bytes: number;
  /** Answers with a status of 400 or more. */
  readonly refusals: number;
  /** Connections that could not be made, or broke. */
  readonly failures: number;
  readonly seconds: number;
}

/** Sends a load to a server, and counts the answers. */
export type Generator = (load: Load) => Promise<LoadResult>;

/**
 * Prepares wrk: no other generator takes as little of the machine from the server.
 *
 * @param scratch a directory for its script
 * @throws if it is not installed
 */
export function prepareWrk(scratch: string): Generator {
  const wrk = Bun.which("wrk");
  if (wrk === null) throw new Error("wrk is not installed: the load comes from it");
  const script = join(scratch, "report.lua");
  writeFileSync(script, REPORT);
  return (load) => run(wrk, script, load);
}

/** A script that makes wrk print exact counts, as its usual output is rounded. */
const REPORT = `done = function(summary)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write
  io.write(string.format("\\ncounted %.0f %.0f %.0f %.0f %.0f\\n",
    summary.requests, summary.bytes, errors.status, broken, summary.duration))
end
`;

async function run(wrk: string, script: string, load: Load): Promise<LoadResult> {
  const { port, path, connections, seconds } = load;
  const shape = ["-t1", `-c${connections}`, `-d${Math.ceil(seconds)}s`, "-s", script];
  const fields = Object.entries(load.fields).flatMap(([name, value]) => [
    "-H",
    `${name}: ${value}`,
  ]);
  const url = `http://127.0.0.1:${port}${path}`;
  return parseWrk(await outputOf([wrk, ...shape, ...fields, url], seconds * 1000));
}

/** Parses the line that our script makes wrk print; throws if it is missing. */
export function parseWrk(output: string): LoadResult {
  const line = /^counted (\d+) (\d+) (\d+) (\d+) (\d+)$/m.exec(output);
  if (line === null) throw new Error(`wrk counted nothing: ${output}`);
  const [answers = NaN, bytes = NaN, refusals = NaN, failures = NaN, microseconds = NaN] = line
    .slice(1)
    .map(Number);
  return { answers, bytes, refusals, failures, seconds: microseconds / 1e6 };
}

/** Runs a command, and interrupts it after a time: wrk by itself knows only whole seconds. */
async function outputOf(command: readonly string[], milliseconds: number): Promise<string> {
  const child = Bun.spawn([...command], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const timer = setTimeout(() => child.kill("SIGINT"), milliseconds);
  const [stdout, stderr, exitCode] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  clearTimeout(timer);
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.trim() || stdout.trim()}`);
  return stdout;
}
