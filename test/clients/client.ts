import { test } from "bun:test";
import { runProgram } from "../helpers/program.ts";
import { findProgram } from "../helpers/system-program.ts";

/** What a program said before it ended well. */
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and how a program runs. */
export interface RunOptions {
  /** The current directory; programs save their downloads in it. */
  readonly cwd: string;
  /** Variables besides PATH and those that make every machine alike. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How much of a failed program's messages is shown: the last of them say why. */
const SAID_CHARACTERS = 2000;

/** Variables that make a program behave as on any other machine. */
const PLAIN_ENVIRONMENT = {
  // No settings of the user, and no place to leave any: nobody, root included, can make a directory here.
  HOME: "/dev/null",
  LC_ALL: "C.UTF-8",
  TZ: "UTC",
} as const;

/**
 * Returns the `test()` for programs of the system. Where one is missing, the title says so: outside
 * CI the test is skipped, in CI it fails.
 *
 * @example testWith("git")("git clone …", async () => {});
 */
export function testWith(...names: readonly string[]) {
  const programs = names.map(findProgram);
  const isSkipped = programs.some((program) => program.isSkipped);
  const reasons = programs.map(({ reason }) => reason).join("");
  return (title: string, body: () => Promise<void>): void =>
    test.skipIf(isSkipped)(title + reasons, body);
}

/** Runs a program to its end; throws with its messages unless its exit code is 0. */
export async function run(
  name: string,
  args: readonly string[],
  { cwd, env = {} }: RunOptions,
): Promise<Said> {
  await using program = runProgram(args, {
    command: [findProgram(name).path],
    cwd,
    env: { ...PLAIN_ENVIRONMENT, ...env },
  });
  const { exitCode, stdout, stderr } = await program.ended;
  if (exitCode !== 0) {
    const said = `${stderr}${stdout}`.slice(-SAID_CHARACTERS);
    throw new Error(`${name} ended with ${exitCode}: ${said}`);
  }
  return { stdout, stderr };
}
