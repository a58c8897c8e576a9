/**
 * Measures the time from the start of the process to the first answer: of the binary, and of the
 * sources.
 *
 *   bun run build && bun run test/bench/startup.ts
 */
import { connect } from "node:net";
import { resolve } from "node:path";
import { freePort, runProgram } from "../helpers/program.ts";
import { formatRequest } from "../helpers/raw-http.ts";
import { makeTree } from "../helpers/tree.ts";

/** The first starts, which warm the disk's cache and do not count. */
const WARM_UPS = 2;
const RUNS = 20;

/** The pause between requests; without one they would slow the measured process down. */
const POLL_MS = 1;

const PROJECT = resolve(import.meta.dir, "../..");
const BINARY = resolve(PROJECT, "dist/meerkat");
const SOURCES = [process.execPath, "run", resolve(PROJECT, "server.ts")];

/** Tells whether an answer has begun to come. */
function isAnswered(port: number): Promise<boolean> {
  const { promise, resolve: settle } = Promise.withResolvers<boolean>();
  const socket = connect(port, "127.0.0.1", () => socket.write(formatRequest("GET", "/rest")));
  socket.on("data", () => socket.destroy());
  socket.on("error", () => settle(false));
  socket.on("close", () => settle(socket.bytesRead > 0));
  return promise;
}

async function startOnce(command: readonly string[], cwd: string): Promise<number> {
  const port = await freePort();
  const begin = performance.now();
  await using program = runProgram(["--port", String(port), "--quiet"], { command, cwd });
  while (!(await isAnswered(port))) await Bun.sleep(POLL_MS);
  const elapsed = performance.now() - begin;
  program.signal("SIGINT");
  await program.ended;
  return elapsed;
}

async function report(name: string, command: readonly string[]): Promise<void> {
  using tree = makeTree();
  const times: number[] = [];
  for (let run = -WARM_UPS; run < RUNS; run++) {
    const elapsed = await startOnce(command, tree.path);
    if (run >= 0) times.push(elapsed);
  }
  times.sort((a, b) => a - b);
  const [least, median, most] = [0, RUNS / 2, RUNS - 1].map((i) => times[i]?.toFixed(0));
  console.log(`${name}: ${median} ms to the first answer (median of ${RUNS}, ${least} to ${most})`);
}

console.log(`dist/meerkat: ${(Bun.file(BINARY).size / 1e6).toFixed(0)} MB`);
await report("dist/meerkat", [BINARY]);
await report("bun run server.ts", SOURCES);
