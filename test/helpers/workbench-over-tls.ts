import { test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "./browser-engine.ts";
import { runOver } from "./over-transport.ts";

const BROWSER_TESTS = join(import.meta.dir, "../browser");

/** The time (ms) that all flows may take in one engine on a busy machine. */
const ALL_FLOWS_MS = 900_000;

/** Declares that all flows of the workbench pass over https in an engine, as they do over http. */
export function testWorkbenchOverTls({ name, programs }: Engine): void {
  test.skipIf(programs.isSkipped)(
    `${name}${programs.reason}: over https all flows of the workbench pass`,
    async () => {
      const files = readdirSync(BROWSER_TESTS).filter((file) => /^workbench-/.test(file));
      const paths = files.map((file) => join(BROWSER_TESTS, file));
      await runOver("http2", [...paths, "--test-name-pattern", `^${name} `]);
    },
    ALL_FLOWS_MS,
  );
}
