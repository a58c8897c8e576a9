import { existsSync, readFileSync, realpathSync } from "node:fs";
import { resolve } from "node:path";

/** How this program was started. */
export interface ProgramStart {
  /** `Bun.main`: the real path of the script, or one inside the binary. */
  readonly main: string;
  /** `process.argv0`: the name the program was started by. */
  readonly argv0: string;
  /** `process.execPath`: the real path of Bun, or of the binary. */
  readonly execPath: string;
  /** The directory it was started in. */
  readonly cwd: string;
  /** The same by way of the links that the shell followed, as `$PWD` has it. */
  readonly logicalCwd: string | undefined;
}

/** Inside a compiled binary every module is below this. */
const BINARY_ROOT = "/$bunfs/";

/** On Linux, the binary that runs, also if its file is gone. */
const OWN_BINARY = "/proc/self/exe";

/**
 * The program, to be started again by the path that it was started by, links and all: where a link
 * like `current` is swung to another release, the new release is started. Bun 1.4.5 only tells the
 * real path.
 */
export class RestartableProgram {
  readonly #start: ProgramStart;
  /** The path by which the program was started; the real one, where that cannot be known. */
  readonly givenPath: string;

  constructor(start: ProgramStart) {
    this.#start = start;
    this.givenPath = givenPathOf(start);
  }

  /** Whether the program is one binary, and no script that Bun runs. */
  get isCompiled(): boolean {
    return this.#start.main.startsWith(BINARY_ROOT);
  }

  /**
   * Finds the program to start now: what the given path leads to, else the file that runs.
   *
   * @throws if neither is there any more; the message says what to do
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

/** A name without a slash was found along the PATH. */
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
