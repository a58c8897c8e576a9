import { cpuBetween, readCpu } from "../bench/cpu.ts";
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
  /** Does it, for half a minute at most. */
  readonly run: (target: Target) => Promise<Finding>;
}

/** What the server took for an attack. */
export interface Outcome extends Finding {
  readonly peakMb: number;
  /** `undefined` where it was not measured. */
  readonly echoMs: number | undefined;
  readonly cpuSeconds: number;
}

/** The limits of an attack that has no others: those of issue and README. */
export const LIMITS: Limits = { memoryMb: 250, echoMs: 100 };

/** What was written less than 1.1 s ago is not kept in memory yet, and the attack would miss the caches. */
const SETTLED_MS = 1200;

/** Without a limit of its own, a server under test has the one of this process. */
function commandOf({ openFiles }: Attack): readonly string[] {
  const server = [process.execPath, "run", `${import.meta.dir}/../../server.ts`];
  if (openFiles === undefined) return server;
  return ["sh", "-c", `ulimit -n ${openFiles}; exec "$@"`, "sh", ...server];
}

/**
 * Attacks a server of its own, and measures what it takes for that.
 *
 * @param withEcho also measure the echo of another client, in a process of its own
 */
export async function measure(attack: Attack, withEcho: boolean): Promise<Outcome> {
  using tree = makeTree();
  attack.fill(tree);
  const args = [tree.path, "--port", "0", "--host", "127.0.0.1", ...(attack.args ?? [])];
  await using program = runProgram(args, { command: commandOf(attack) });
  const { pid } = program;
  const port = portOf(await program.printed("REST"));
  await Bun.sleep(SETTLED_MS);
  await using echo = withEcho ? await startTicking(port) : undefined;
  const before = readCpu(pid);
  const finding = await attack.run({ port, pid, tree });
  const cpuSeconds = cpuBetween(before, readCpu(pid)) / 1e9;
  return {
    ...finding,
    echoMs: await echo?.longestMs(),
    peakMb: memoryMb(pid, "VmHWM"),
    cpuSeconds,
  };
}

/** Whether an outcome is within the limits of its attack; an echo that was not measured is. */
export function isWithin({ limits }: Attack, { isKept, peakMb, echoMs = 0 }: Outcome): boolean {
  const most = { ...LIMITS, ...limits };
  return isKept && peakMb <= most.memoryMb && echoMs <= most.echoMs;
}
