import { existsSync, readFileSync, realpathSync } from "node:fs";
import { resolve } from "node:path";

/** The paths and the name that this program was started by. */
export interface ProgramStart {
  /** `Bun.main`: the real path of the script, or a path inside the binary. */
  readonly main: string;
  /** `process.argv0`: the name that the program was started by. */
  readonly argv0: string;
  /** `process.execPath`: the real path of Bun, or of the binary. */
  readonly execPath: string;
  /** The directory that the program was started in. */
  readonly cwd: string;
  /** `$PWD`: the same directory by the path of the shell, with its symbolic links. */
  readonly logicalCwd: string | undefined;
}

/** The directory of all modules inside a compiled binary. */
const BINARY_ROOT = "/$bunfs/";

/** The running binary on Linux, even if its file is gone. */
const OWN_BINARY = "/proc/self/exe";

/**
 * Finds this program again by the path that it was started by. If that path has a symbolic link
 * such as `current`, and the link now leads to another release, that release is found. `Bun.main`
 * has only the real path (Bun: main-resolved).
 */
export class RestartableProgram {
  readonly #start: ProgramStart;
  /** The path that the program was started by; the real path, if that is unknown. */
  readonly givenPath: string;

  constructor(start: ProgramStart) {
    this.#start = start;
    this.givenPath = givenPathOf(start);
  }

  /** Tells whether the program is a compiled binary, not a script. */
  get isCompiled(): boolean {
    return this.#start.main.startsWith(BINARY_ROOT);
  }

  /**
   * Returns the path of the program to start now: the given one, or else that of the running file.
   *
   * @throws if neither exists any more; the message says what to do
   */
  find(): string {
    const { execPath, main } = this.#start;
    const own = this.isCompiled ? [execPath, OWN_BINARY] : [main];
    const found = [this.givenPath, ...own].find((path) => existsSync(path));
    if (found === undefined) throw new Error(`${this.givenPath} is gone; put it back`);
    return found;
  }
}

function givenPathOf(start: ProgramStart): string {
  const { main, execPath, cwd, logicalCwd } = start;
  const isCompiled = main.startsWith(BINARY_ROOT);
  const own = isCompiled ? execPath : main;
  const names = isCompiled ? namesOfBinary(start) : argumentsOfProcess();
  const base = logicalCwd !== undefined && leadsTo(logicalCwd, cwd) ? logicalCwd : cwd;
  return names.map((name) => resolve(base, name)).find((path) => leadsTo(path, own)) ?? own;
}

/** Returns the path of a binary; a shell has found a name without a slash by way of PATH. */
function namesOfBinary({ argv0 }: ProgramStart): string[] {
  return argv0.includes("/") ? [argv0] : [Bun.which(argv0) ?? argv0];
}

function argumentsOfProcess(): string[] {
  try {
    return readFileSync("/proc/self/cmdline", "utf8").split("\0").filter(Boolean);
  } catch {
    return []; // another system than Linux
  }
}

function leadsTo(path: string, realPath: string): boolean {
  try {
    return realpathSync(path) === realPath;
  } catch {
    return false;
  }
}
