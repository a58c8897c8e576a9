import { readdirSync, readFileSync } from "node:fs";

/** What a process and its descendants have used of the CPU since they began, in nanoseconds. */
export interface CpuReading {
  /** Exact, but without the threads that have ended. */
  readonly livingThreads: number;
  /** With the threads that have ended, but counted in ticks. */
  readonly ticks: number;
}

/** The unit of the times in `/proc/PID/stat`: 100 a second on every Linux (`USER_HZ`). */
const TICK_NS = 10_000_000;

/** Reads the clocks of a process and its descendants; nginx works in a child of its master. */
export function readCpu(pid: number): CpuReading {
  const pids = familyOf(pid);
  return {
    livingThreads: sum(pids.flatMap(threadsOf).map(readThread)),
    ticks: sum(pids.map(readTicks)) * TICK_NS,
  };
}

/**
 * Nanoseconds used between two readings.
 *
 * The threads' own clocks say it exactly until a thread ends and takes its time with it, as those of
 * the garbage collectors do; the ticks then say more, and are never more than a tick too high.
 */
export function cpuBetween(before: CpuReading, after: CpuReading): number {
  const exact = after.livingThreads - before.livingThreads;
  const atLeast = after.ticks - before.ticks - TICK_NS;
  return Math.max(exact, atLeast);
}

/** User and system time, in ticks, from the text of `/proc/PID/stat` (proc(5), fields 14 and 15). */
export function parseTicks(stat: string): number {
  // The second field is the program's name in parentheses, and a name may have both of them in it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system] = fields.slice(11, 13).map(Number);
  return user === undefined || system === undefined ? Number.NaN : user + system;
}

/** Time on the CPU, in nanoseconds, from the text of a thread's `schedstat`. */
export function parseSchedstat(text: string): number {
  return Number(text.split(" ")[0]);
}

function familyOf(pid: number): number[] {
  const children = threadsOf(pid).flatMap((thread) =>
    (readProc(`${thread}/children`) ?? "").split(" ").filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(familyOf)];
}

/** The directories of a process's threads. */
function threadsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`);
}

function readThread(thread: string): number {
  const text = readProc(`${thread}/schedstat`);
  return text === undefined ? 0 : parseSchedstat(text);
}

function readTicks(pid: number): number {
  return parseTicks(readFileSync(`/proc/${pid}/stat`, "latin1"));
}

/** `undefined` for a thread that ended after it was listed. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1").trim();
  } catch {
    // ENOENT or ESRCH, by the moment it ended in; nothing else can go wrong with a file of /proc.
    return undefined;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
