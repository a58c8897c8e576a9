import { runProgram } from "../helpers/program.ts";

/** An echo client that is under way. */
export interface Ticking extends AsyncDisposable {
  /** Ends it, and tells its longest round trip in milliseconds. */
  readonly longestMs: () => Promise<number>;
}

/** Starts an echo client in a process of its own, which nothing here holds up. */
export async function startTicking(port: number): Promise<Ticking> {
  const program = runProgram([String(port)], {
    command: [process.execPath, "run", `${import.meta.dir}/tick-client.ts`],
  });
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
