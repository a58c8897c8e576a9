import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

/**
 * The states in /proc/net/tcp of a connection that its client may use: open, and, as Bun has the
 * kernel accept nothing before the first byte comes (TCP_DEFER_ACCEPT), open for the client only.
 */
const USABLE = ["01", "03"];

/**
 * The clients' ports of the connections from this machine that would be lost if a process of those
 * which share the port ended now: its own, and those that none of them has accepted yet. Linux only.
 */
export function connectionsAtStake(pid: number, port: number): ReadonlySet<number> {
  // In this order: what is accepted in between is in the table as nobody's.
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

/** Kills a process, and returns when nothing of it is left; no other code runs meanwhile. */
export function killWhole(pid: number): void {
  // 0 is this process and all of its group.
  if (pid <= 1) throw new Error(`${pid} is no process to be killed`);
  process.kill(pid, "SIGKILL");
  while (isThere(pid));
}

/** The last of its threads closes its sockets; a zombie has none any more. */
function isThere(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).some((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1");
      return !/\) [ZX] /.test(stat);
    });
  } catch {
    // Gone, or a thread of it just now: then there is nothing to look at, or another look to take.
    return existsSync(`/proc/${pid}/task`);
  }
}

/** The inodes of its sockets. */
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
