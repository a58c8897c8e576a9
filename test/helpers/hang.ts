/** A test that does not end, with a program and a directory; `test/leave-nothing.test.ts` ends its run. */
import { test } from "bun:test";
import { runBrowserProgram } from "./browser-program.ts";
import { PATIENCE_MS } from "./patience.ts";
import { makeTree } from "./tree.ts";

test(
  "hangs",
  async () => {
    using home = makeTree({ "file.txt": "left behind" });
    const connection = `exec cat <>/dev/tcp/127.0.0.1/${process.env["PORT"]}`;
    await using program = runBrowserProgram("bash", ["-c", connection], home);
    await program.ended;
  },
  PATIENCE_MS,
);
