import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, watch } from "node:fs";
import { PATIENCE_MS } from "./helpers/patience.ts";
import { runProgram } from "./helpers/program.ts";
import { findProgram } from "./helpers/system-program.ts";
import { makeTree } from "./helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const SETPRIV = findProgram("setpriv");

/** How the suite runs: in one process, or in several with `--no-orphans`, which ends direct children. */
const RUNS = [
  { signal: "SIGTERM", run: "one process", env: {} },
  { signal: "SIGKILL", run: "one process", env: {} },
  { signal: "SIGTERM", run: "several", env: { BUN_FEATURE_FLAG_NO_ORPHANS: "1" } },
  { signal: "SIGKILL", run: "several", env: { BUN_FEATURE_FLAG_NO_ORPHANS: "1" } },
] as const;

test.skipIf(SETPRIV.isSkipped).each(RUNS)(
  `a run in $run that $signal ends leaves no program and no file behind${SETPRIV.reason}`,
  async ({ signal, env }) => {
    using temporary = makeTree();
    using connections = listen();
    await using run = runProgram(["test", "./test/helpers/hang.ts"], {
      command: [process.execPath],
      env: { TMPDIR: temporary.path, PORT: String(connections.port), ...env },
    });
    await connections.opened;
    const emptied = untilEmpty(temporary.path);
    run.signal(signal);
    await connections.closed;
    await emptied;
    expect(readdirSync(temporary.path)).toEqual([]);
  },
);

// Bun ends the programs that it knows of, and the tests after this one need their directory.
test("a test that times out ends its own programs, and none that watches the directory", async () => {
  await using run = runProgram(["test", "./test/helpers/time-out.ts"], {
    command: [process.execPath],
  });
  const { stderr } = await run.ended;
  expect(stderr).toContain("killed 1 dangling process");
});

/** Listens for the program of the run, whose connection ends when it does. */
function listen() {
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { open: () => opened.resolve(), data: () => undefined, close: () => closed.resolve() },
  });
  return {
    port: listener.port,
    opened: opened.promise,
    closed: closed.promise,
    [Symbol.dispose]: () => listener.stop(true),
  };
}

async function untilEmpty(path: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(path, () => {
    if (readdirSync(path).length === 0) resolve();
  });
  await promise.finally(() => watcher.close());
}
