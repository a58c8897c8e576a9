import { portOf, runProgram, type Program } from "../helpers/program.ts";

/** One of the servers behind a balancer, at a port that it keeps when it is restarted. */
export class Instance implements AsyncDisposable {
  readonly port: number;
  readonly #args: readonly string[];
  #program: Program;

  private constructor(program: Program, port: number, args: readonly string[]) {
    this.#program = program;
    this.port = port;
    this.#args = args;
  }

  static async start(args: readonly string[]): Promise<Instance> {
    const program = runProgram([...args, "--port", "0"]);
    return new Instance(program, portOf(await program.printed("REST")), args);
  }

  /** As a supervisor would: SIGTERM, and the same again when it is gone. Resolves when it listens. */
  async restart(): Promise<{ readonly exitCode: number; readonly stderr: string }> {
    this.#program.signal("SIGTERM");
    const ended = await this.#program.ended;
    do this.#program = runProgram([...this.#args, "--port", String(this.port)]);
    while (!(await listens(this.#program)));
    return ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}

/** Whether it does; not if the system gave the port to a client meanwhile, which is over in a moment. */
async function listens(program: Program): Promise<boolean> {
  try {
    await program.printed("REST");
    return true;
  } catch (error) {
    if ((await program.ended).stderr.includes("it is in use")) return false;
    throw error;
  }
}
