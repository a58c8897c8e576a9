import { expect, setDefaultTimeout, test } from "bun:test";
import { resolve } from "node:path";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { runProgram } from "../helpers/program.ts";
import { TRANSPORT_VARIABLE } from "../helpers/transport.ts";

setDefaultTimeout(PATIENCE_MS);

const PROJECT = resolve(import.meta.dir, "../..");

/** Whatever is said about files has to hold whatever carries them. */
const FILES = [
  "codings",
  "containment",
  "field-bytes",
  "files",
  "freshness",
  "host",
  "multipart",
  "options",
  "siblings",
];

const CASES = [
  ...[...FILES, "large", "pipelining", "truncation", "websocket"].map(
    (name) => ["tls", name] as const,
  ),
  // A WebSocket needs HTTP/1.1 (Bun 1.4.5); large files are in `http2.test.ts`.
  ...FILES.map((name) => ["http2", name] as const),
];

/** Runs the tests of a file anew, over another transport. */
async function runOver(
  transport: string,
  name: string,
): Promise<{ passed: number; output: string }> {
  await using program = runProgram(["test", `test/wire/${name}.test.ts`], {
    command: [process.execPath],
    cwd: PROJECT,
    env: { [TRANSPORT_VARIABLE]: transport },
  });
  const { exitCode, stdout, stderr } = await program.ended;
  const output = stdout + stderr;
  expect(exitCode, output).toBe(0);
  return { passed: Number(/^ *(\d+) pass$/m.exec(output)?.[1]), output };
}

test.each(CASES)(
  "over %s: test/wire/%s.test.ts passes as it does in the clear",
  async (transport, name) => {
    const { passed, output } = await runOver(transport, name);
    expect(passed, output).toBeGreaterThan(0);
  },
);
