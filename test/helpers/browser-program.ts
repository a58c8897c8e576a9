import type { Engine } from "./browser-engine.ts";
import { runProgram, type Program } from "./program.ts";
import { findProgram } from "./system-program.ts";
import type { Tree } from "./tree.ts";

/** Sends SIGTERM to a program when the test runner ends, however that ends (`util-linux`). */
const END_WITH_US = "setpriv";

/** Finds the programs of an engine, and the one that ends them; a missing one has the engine skipped. */
export function findBrowserPrograms(...names: readonly string[]): Engine["programs"] {
  const programs = [...names, END_WITH_US].map((name) => findProgram(name));
  return {
    isSkipped: programs.some(({ isSkipped }) => isSkipped),
    reason: programs.map(({ reason }) => reason).join(""),
  };
}

/** Starts a program of a browser, which has its home in a temporary directory. */
export function runBrowserProgram(
  name: string,
  args: readonly string[],
  home: Tree,
  env: Readonly<Record<string, string>> = {},
): Program {
  const { path } = findProgram(name);
  return runProgram(args, {
    command: [findProgram(END_WITH_US).path, "--pdeathsig", "TERM", "--", path],
    env: {
      HOME: home.path,
      TMPDIR: home.path,
      // In plain C Chromium saves no name that is not ASCII.
      LC_ALL: "C.UTF-8",
      // No server has this time zone.
      TZ: "Asia/Kathmandu",
      ...env,
    },
  });
}
