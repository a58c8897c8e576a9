import { resolve } from "node:path";
import { runProgram } from "../helpers/program.ts";

/** A client that is under way and measures how long it waits. */
export interface Ticking extends AsyncDisposable {
  /** Ends it, and tells its longest wait in milliseconds. */
  readonly longestMs: () => Promise<number>;
}

/** The script of the client that waits for echoes. */
const ECHO_CLIENT = resolve(import.meta.dir, "tick-client.ts");

/**
 * Starts a client in a process of its own, which nothing here holds up.
 *
 * @param script prints `connected`, and on SIGTERM the longest wait as JSON
 */
export async function startTicking(port: number, script = ECHO_CLIENT): Promise<Ticking> {
  const program = runProgram([String(port)], { command: [process.execPath, "run", script] });
  await program.printed("connected");
  return {
    async longestMs() {
      program.signal("SIGTERM");
      const { stdout } = await program.ended;
      return (JSON.parse(stdout.split("\n")[1] ?? "") as { longestMs: number }).longestMs;
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
