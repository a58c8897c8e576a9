import { readdirSync, readFileSync } from "node:fs";

/** The CPU time of a process and its descendants since they began, in nanoseconds. */
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
 * Returns the CPU time between two readings, in nanoseconds.
 *
 * The clocks of the threads are exact until a thread ends and its time is lost, as those of garbage
 * collectors do. The ticks are higher then, by at most a tick too much.
 */
export function cpuBetween(before: CpuReading, after: CpuReading): number {
  const exact = after.livingThreads - before.livingThreads;
  const atLeast = after.ticks - before.ticks - TICK_NS;
  return Math.max(exact, atLeast);
}

/** Parses user and system time, in ticks, from `/proc/PID/stat` (proc(5), fields 14 and 15). */
export function parseTicks(stat: string): number {
  // The second field is the program's name in parentheses, and a name may have parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system] = fields.slice(11, 13).map(Number);
  return user === undefined || system === undefined ? Number.NaN : user + system;
}

/** Parses the CPU time, in nanoseconds, from a thread's `schedstat`. */
export function parseSchedstat(text: string): number {
  return Number(text.split(" ")[0]);
}

/** Returns a process and its descendants. */
export function familyOf(pid: number): number[] {
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

/** Reads a file of a thread; `undefined` if the thread has ended since it was listed. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1").trim();
  } catch {
    // ENOENT or ESRCH, as the thread has ended; files of /proc have no other errors.
    return undefined;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
