import { tmpdir } from "node:os";

/** What became of a program. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
}

/**
 * Runs a script in a Bun of its own.
 *
 * @param before a command that runs it, such as a shell that lowers a limit first
 */
export async function runScript(script: string, before: readonly string[] = []): Promise<Ended> {
  const child = Bun.spawn([...before, process.execPath, "-e", script], {
    cwd: tmpdir(), // no bunfig.toml of ours
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  const [stdout, exitCode] = await Promise.all([child.stdout.text(), child.exited]);
  return { exitCode, stdout };
}

/** Runs a command under limits of open files, as `ulimit` takes them: `-Sn 256`. */
export function underLimit(limit: string): string[] {
  return ["sh", "-c", `ulimit ${limit}; exec "$@"`, "sh"];
}
