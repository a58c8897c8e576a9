import { readFileSync } from "node:fs";

/** Resident memory of a process in MB, from /proc: `VmRSS` is now, `VmHWM` the most there ever was. */
export function memoryMb(pid: number, field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1];
  return Math.round(Number(kilobytes) / 1024);
}
