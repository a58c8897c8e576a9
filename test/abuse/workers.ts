import { readFileSync } from "node:fs";
import { request } from "../helpers/raw-http.ts";
import type { Attack } from "./attack.ts";
import { allAtOnce } from "./clients.ts";

/** How long a stopped worker may go unnoticed, and how long the attack goes on, in milliseconds. */
const NOTICED_MS = 15_000;
const PATIENCE_MS = 30_000;

/** Connections that are enough to come to every worker. */
const CONNECTIONS = 30;

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.trim().split(" ").filter(Boolean).map(Number);
}

/** Tells whether all of many new connections are answered within a second. */
async function isAnswering(port: number): Promise<boolean> {
  const answers = await allAtOnce(CONNECTIONS, () =>
    Promise.race([
      request(port, "GET", "/rest").then(
        () => true,
        () => false,
      ),
      Bun.sleep(1000).then(() => false),
    ]),
  );
  return answers.every(Boolean);
}

/** A worker that hangs. */
export const WORKER_ATTACKS: readonly Attack[] = [
  {
    row: "D10",
    name: "one of three workers is stopped",
    fill: () => undefined,
    args: ["--workers", "3"],
    limits: { echoMs: Infinity, healthMs: Infinity },
    isTimed: true,
    run: async ({ port, pid }) => {
      const [worker] = childrenOf(pid);
      if (worker === undefined) throw new Error("there is no worker");
      process.kill(worker, "SIGSTOP");
      const startMs = performance.now();
      let isBack = false;
      while (!isBack && performance.now() - startMs < PATIENCE_MS) isBack = await isAnswering(port);
      const ms = performance.now() - startMs;
      try {
        process.kill(worker, "SIGCONT");
      } catch {
        // It was replaced.
      }
      const seen = isBack ? `all answered after ${(ms / 1000).toFixed(1)} s` : "a third hangs";
      return { seen, isKept: isBack && ms <= NOTICED_MS };
    },
  },
];
