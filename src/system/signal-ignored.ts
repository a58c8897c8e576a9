import { readFileSync } from "node:fs";

/** The mask of the signals that a process ignores, one bit for each: proc_pid_status(5). */
const IGNORED = /^SigIgn:\s*([\da-f]+)$/m;

/**
 * Tells whether this process ignores a signal, as `nohup` makes it ignore SIGHUP. To be asked before a handler
 * is set, as the process ignores the signal no longer then.
 *
 * @returns `undefined` on a system that does not tell
 */
export function isSignalIgnored(signal: number): boolean | undefined {
  try {
    const [, mask] = IGNORED.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    return mask === undefined
      ? undefined
      : ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
  } catch {
    return undefined; // another system than Linux
  }
}
