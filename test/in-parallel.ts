/**
 * Preloaded before the tests, by `bunfig.toml`. Has `bun test` run its files in several processes, for
 * which Bun 1.4.5 has an option, but no setting (https://github.com/oven-sh/bun/issues/38728).
 *
 * A run of some files or tests alone stays in one process, as does one that says how to run.
 */
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** More processes would be in each other's way: each has servers, clients and browsers. */
const MAX_PROCESSES = 4;

/** Where Linux has the command of this process, which Bun does not tell to a preloaded module. */
const COMMAND = "/proc/self/cmdline";

/** An option without a value, or with one behind `=`; those that say how to run are none of them. */
const PLAIN_OPTION = /^--(?!parallel|test-worker|watch|hot)[a-z-]+(?:=|$)/;

// One more than there are processors, as many tests wait.
const processes = Math.min(availableParallelism() + 1, MAX_PROCESSES);

if (processes > 1 && existsSync(COMMAND)) {
  const [, verb, ...options] = readFileSync(COMMAND, "utf8").split("\0").slice(0, -1);
  if (verb === "test" && options.every((option) => PLAIN_OPTION.test(option))) {
    const command = [process.execPath, "test", `--parallel=${processes}`, "--no-orphans"];
    const stdio = ["inherit", "inherit", "inherit"] as const;
    process.exit(Bun.spawnSync([...command, ...options], { stdio: [...stdio] }).exitCode);
  }
}
