import { readFileSync } from "node:fs";

/** A figure of the resident memory of a process: `VmRSS` is the current one, `VmHWM` the peak. */
type Field = "VmRSS" | "VmHWM";

/** Resident memory of a process in MB. */
export function memoryMb(pid: number, field: Field): number {
  return Math.round(memoryKb(pid, field) / 1024);
}

/** Resident memory of a process in KB, from /proc. */
export function memoryKb(pid: number, field: Field): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]);
}
