import { portOf, runProgram, type Program } from "../helpers/program.ts";

/** A running server to measure. */
export interface Peer extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  /** The process that serves, or the parent of the ones that do. */
  readonly pid: number;
}

/** Starts the server of this project. */
export async function startMeerkat(args: readonly string[]): Promise<Peer> {
  const program = runProgram([...args, "--port", "0", "--host", "127.0.0.1"]);
  return toPeer("meerkat", program, portOf(await program.printed("REST")));
}

/** Starts a server that prints `port N.` when it listens. */
export async function startPeer(
  name: string,
  command: readonly string[],
  cwd?: string,
): Promise<Peer> {
  const program = runProgram([], { command, ...(cwd === undefined ? {} : { cwd }) });
  const printed = await program.printed(".\n");
  return toPeer(name, program, Number(/port (\d+)\.\n/.exec(printed)?.[1]));
}

/** Makes a peer from a listening program. */
export function toPeer(name: string, program: Program, port: number): Peer {
  // A server must not outlive us, and gets no Ctrl-C, as it is not in our process group.
  const end = () => program.signal("SIGKILL");
  process.once("exit", end);
  return {
    name,
    port,
    pid: program.pid,
    [Symbol.asyncDispose]: async () => {
      process.removeListener("exit", end);
      await program[Symbol.asyncDispose]();
    },
  };
}
