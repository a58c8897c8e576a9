import { readdirSync } from "node:fs";
import { join } from "node:path";
import { cpuBetween, readCpu } from "../bench/cpu.ts";
import { toPeer, type Peer } from "../bench/peer.ts";
import { startTicking } from "../bench/ticking.ts";
import { memoryMb } from "../helpers/memory.ts";
import { portOf, runProgram } from "../helpers/program.ts";
import { makeTree, type Tree } from "../helpers/tree.ts";

/** A running server that is attacked. */
export interface Target {
  readonly port: number;
  readonly pid: number;
  readonly tree: Tree;
}

/** What an attack found besides memory, echoes and CPU. */
export interface Finding {
  /** One line for the table. */
  readonly seen: string;
  /** The server kept its promise. */
  readonly isKept: boolean;
}

/** The most that an attack may take. */
export interface Limits {
  /** Peak of the resident memory, in MB. */
  readonly memoryMb: number;
  /** The longest round trip of another client's echo, in milliseconds. */
  readonly echoMs: number;
  /** The longest time without an answer to a request for health, in milliseconds. */
  readonly healthMs: number;
}

/** One way to abuse the server. */
export interface Attack {
  /** The row of the field report that it is of the kind of, such as `D1`. */
  readonly row: string;
  /** What is done, in a few words. */
  readonly name: string;
  /** Fills the root. */
  readonly fill: (tree: Tree) => void;
  readonly args?: readonly string[];
  /** `ulimit -n` of the server. */
  readonly openFiles?: number;
  readonly limits?: Partial<Limits>;
  /** The directory below the tree that is served; the tree itself without it. */
  readonly directory?: string;
  /** Whether the promise is kept depends on the speed of the machine. */
  readonly isTimed?: boolean;
  /** Takes longer than the tests should. */
  readonly isLong?: boolean;
  /** Does it, for half a minute at most. */
  readonly run: (target: Target) => Promise<Finding>;
}

/** What the server took for an attack. */
export interface Outcome extends Finding {
  readonly peakMb: number;
  readonly cpuSeconds: number;
  /** Open files of the server beyond those that it had before, when all clients have gone. */
  readonly leftOpen: number;
  /** What other clients waited; `undefined` if that was not measured. */
  readonly waits: Waits | undefined;
}

/** What clients waited at most, in milliseconds. */
export interface Waits {
  readonly echoMs: number;
  /** The echo of an idle server at the same time: what the machine does to both. */
  readonly idleEchoMs: number;
  readonly healthMs: number;
}

/** The limits of an attack that has no others. */
export const LIMITS: Limits = { memoryMb: 250, echoMs: 100, healthMs: 1000 };

/** Files that a server keeps open for itself: those of a thread, and connections that are slow to close. */
export const FEW_OPEN = 20;

const HEALTH_CLIENT = join(import.meta.dir, "health-client.ts");

/** What was written less than 1.1 s ago is not kept in memory yet, and the attack would miss the caches. */
const SETTLED_MS = 1200;

/**
 * Attacks a server of its own, and measures what it takes for that.
 *
 * @param withWaits also measure the waits of three clients in processes of their own: for echoes and health
 *   of the server, and for echoes of an idle one
 */
export async function measure(attack: Attack, withWaits: boolean): Promise<Outcome> {
  using tree = makeTree();
  attack.fill(tree);
  await Bun.sleep(SETTLED_MS);
  await using attacked = await startServer(attack, join(tree.path, attack.directory ?? ""));
  const { pid, port } = attacked;
  await using others = withWaits ? await startOthers(port, tree) : undefined;
  const before = readCpu(pid);
  const openBefore = countOpen(pid);
  const finding = await attack.run({ port, pid, tree });
  const cpuSeconds = cpuBetween(before, readCpu(pid)) / 1e9;
  const leftOpen = await settle(() => countOpen(pid) - openBefore);
  const waits = await others?.waits();
  return { ...finding, leftOpen, peakMb: memoryMb(pid, "VmHWM"), cpuSeconds, waits };
}

/** Starts the clients that are not part of the attack. */
async function startOthers(port: number, tree: Tree) {
  await using stack = new AsyncDisposableStack();
  const idle = stack.use(await startServer({}, tree.path));
  const idleEcho = stack.use(await startTicking(idle.port));
  const echo = stack.use(await startTicking(port));
  const health = stack.use(await startTicking(port, HEALTH_CLIENT));
  const all = stack.move();
  return {
    async waits(): Promise<Waits> {
      const longest = [echo, idleEcho, health].map((client) => client.longestMs());
      const [echoMs = 0, idleEchoMs = 0, healthMs = 0] = await Promise.all(longest);
      return { echoMs, idleEchoMs, healthMs };
    },
    [Symbol.asyncDispose]: () => all[Symbol.asyncDispose](),
  };
}

function countOpen(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Waits until hardly anything is left open, or for some seconds. */
async function settle(count: () => number): Promise<number> {
  for (let attempt = 0; attempt < 50 && count() > FEW_OPEN; attempt++) await Bun.sleep(100);
  return Math.max(0, count());
}

async function startServer(attack: Partial<Attack>, path: string): Promise<Peer> {
  const { openFiles, args = [] } = attack;
  const all = [path, "--port", "0", "--host", "127.0.0.1", ...args];
  const command = openFiles === undefined ? undefined : limited(openFiles);
  const program = runProgram(all, command === undefined ? {} : { command });
  return toPeer("meerkat", program, portOf(await program.printed("REST")));
}

function limited(openFiles: number): readonly string[] {
  const server = [process.execPath, "run", `${import.meta.dir}/../../server.ts`];
  return ["sh", "-c", `ulimit -n ${openFiles}; exec "$@"`, "sh", ...server];
}
