import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

/**
 * The states in /proc/net/tcp of a connection that its client can use: open, or open for the client
 * only, as Bun has the kernel accept nothing before the first byte (TCP_DEFER_ACCEPT).
 */
const USABLE = ["01", "03"];

/**
 * Lists the connections that are lost if one of the processes that share a port ends now: its own, and
 * those that no process has accepted yet. Returns the clients' ports; Linux only.
 */
export function connectionsAtStake(pid: number, port: number): ReadonlySet<number> {
  // In this order, a connection that is accepted in between counts as not accepted.
  const rows = readFileSync("/proc/net/tcp", "latin1").trim().split("\n").slice(1);
  const own = new Set(socketsOf(pid));
  const atStake = new Set<number>();
  for (const row of rows) {
    const [, local = "", remote = "", state = "", , , , , , inode = ""] = row.trim().split(/\s+/);
    if (portIn(local) !== port || !USABLE.includes(state)) continue;
    if (own.has(inode) || inode === "0") atStake.add(portIn(remote));
  }
  return atStake;
}

/** Kills a process and waits, synchronously, until nothing of it is left. */
export function killWhole(pid: number): void {
  // 0 means this process and its whole group.
  if (pid <= 1) throw new Error(`${pid} is no process to be killed`);
  process.kill(pid, "SIGKILL");
  while (isThere(pid));
}

/** Tells whether a process still has threads, the last of which closes its sockets; a zombie has none. */
function isThere(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).some((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1");
      return !/\) [ZX] /.test(stat);
    });
  } catch {
    // The process is gone, or only one of its threads: then the caller looks again.
    return existsSync(`/proc/${pid}/task`);
  }
}

/** Lists the inodes of a process's sockets. */
function socketsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
    try {
      const target = readlinkSync(`/proc/${pid}/fd/${descriptor}`);
      return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [];
    } catch {
      return []; // closed in the meantime
    }
  });
}

/** `0100007F:1F90` */
function portIn(address: string): number {
  return Number.parseInt(address.split(":")[1] ?? "", 16);
}
