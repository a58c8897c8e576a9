import { readdirSync, readFileSync } from "node:fs";

/**
 * The CPU time of processes so far, all their threads together, in nanoseconds: the first figure of
 * `/proc/PID/task/TID/schedstat`, which is exact where `/proc/PID/stat` counts ticks.
 */
export function cpuNs(pids: readonly number[]): number {
  return pids.flatMap(threadsOf).reduce((sum, path) => sum + onCpuNs(path), 0);
}

function threadsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}/schedstat`);
}

function onCpuNs(path: string): number {
  try {
    return Number(readFileSync(path, "utf8").split(" ")[0]);
  } catch {
    return 0; // the thread ended meanwhile
  }
}

/** The processes that a process has started, by /proc; nginx's workers are its master's. */
export function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children === "" ? [] : children.split(" ").map(Number);
}
