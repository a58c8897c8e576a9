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
  #found: string;

  constructor(start: ProgramStart) {
    this.#start = start;
    this.givenPath = givenPathOf(start);
    this.#found = this.givenPath;
  }

  /** The program that was found in place of the given path, in words; `undefined` if the path was found. */
  get substitute(): string | undefined {
    if (this.#found === this.givenPath) return undefined;
    return this.#found === OWN_BINARY ? "the binary that is running" : this.#found;
  }

  /**
   * Finds the command that starts the program now, without arguments: the given path, or else that of
   * the running file; for a script after Bun and these flags of Bun.
   *
   * @throws if neither exists any more; the message says what to do
   */
  findCommand(flags: readonly string[]): readonly string[] {
    const { main, execPath } = this.#start;
    if (isCompiled(main)) return [this.#find([execPath, OWN_BINARY])];
    return [existsSync(execPath) ? execPath : OWN_BINARY, ...flags, this.#find([main])];
  }

  #find(others: readonly string[]): string {
    const found = [this.givenPath, ...others].find((path) => existsSync(path));
    if (found === undefined) throw new Error(`${this.givenPath} is gone; put it back`);
    this.#found = found;
    return found;
  }
}

/** Tells whether a program is a compiled binary, not a script. */
function isCompiled(main: string): boolean {
  return main.startsWith(BINARY_ROOT);
}

function givenPathOf(start: ProgramStart): string {
  const { main, execPath, cwd, logicalCwd } = start;
  const own = isCompiled(main) ? execPath : main;
  const names = isCompiled(main) ? namesOfBinary(start) : argumentsOfProcess();
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
