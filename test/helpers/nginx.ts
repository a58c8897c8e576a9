import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram, type Program } from "./program.ts";
import { findProgram } from "./system-program.ts";

/** What nginx would keep in directories of the system. */
const TEMPORARY = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

/**
 * Starts Debian's nginx with these lines in its `http` block, and with a directory for all that it
 * writes.
 */
export function runNginx(directory: string, lines: string): Program {
  const paths = TEMPORARY.map((kind) => `${kind}_temp_path ${directory}/${kind};`).join("\n");
  const config = join(directory, "nginx.conf");
  writeFileSync(
    config,
    `daemon off; pid ${directory}/pid; events {}\nhttp {\naccess_log off;\n${paths}\n${lines}}\n`,
  );
  const command = [findProgram("nginx").path, "-p", directory, "-e", "stderr", "-c", config];
  return runProgram([], { command });
}
