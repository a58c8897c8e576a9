import { expect } from "bun:test";
import { resolve } from "node:path";
import { runProgram } from "./program.ts";
import { TRANSPORT_VARIABLE, type Transport } from "./transport.ts";

const PROJECT = resolve(import.meta.dir, "../..");

/** Runs tests anew over another transport, by the arguments of `bun test`; fails unless some pass and none fails. */
export async function runOver(transport: Transport, args: readonly string[]): Promise<void> {
  await using program = runProgram(["test", ...args], {
    command: [process.execPath],
    cwd: PROJECT,
    env: { [TRANSPORT_VARIABLE]: transport },
  });
  const { exitCode, stdout, stderr } = await program.ended;
  const output = stdout + stderr;
  expect(exitCode, output).toBe(0);
  expect(Number(/^ *(\d+) pass$/m.exec(output)?.[1]), output).toBeGreaterThan(0);
}
