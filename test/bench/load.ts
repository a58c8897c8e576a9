/** What is asked for, over and over. */
export interface Load {
  readonly port: number;
  readonly target: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly seconds: number;
}

const CONNECTIONS = 64;

/**
 * Loads a server over 64 connections that are kept alive, with `wrk` if it is installed, else with
 * autocannon, and resolves with the number of requests that were answered.
 */
export function load(options: Load): Promise<number> {
  return Bun.which("wrk") === null ? loadWithAutocannon(options) : loadWithWrk(options);
}

async function loadWithWrk({ port, target, fields = {}, seconds }: Load): Promise<number> {
  const headers = Object.entries(fields).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const url = `http://127.0.0.1:${port}${target}`;
  const output = await run(["wrk", "-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, ...headers, url]);
  return Number(/(\d+) requests in/.exec(output)?.[1] ?? 0);
}

async function loadWithAutocannon({ port, target, fields = {}, seconds }: Load): Promise<number> {
  const headers = Object.entries(fields).flatMap(([name, value]) => ["-H", `${name}=${value}`]);
  const url = `http://127.0.0.1:${port}${target}`;
  const options = ["-c", String(CONNECTIONS), "-d", String(seconds), "--json", ...headers];
  const output = await run([process.execPath, "x", "autocannon@8", ...options, url]);
  const { requests } = JSON.parse(output) as { requests: { total: number } };
  return requests.total;
}

async function run(command: readonly string[]): Promise<string> {
  const child = Bun.spawn([...command], { stdout: "pipe", stderr: "ignore", stdin: "ignore" });
  return await new Response(child.stdout).text();
}
