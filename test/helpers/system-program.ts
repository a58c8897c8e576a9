import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The script that installs all programs that tests run; some have a package of another name. */
const INSTALLER = join(import.meta.dir, "../../.ci/run");

/** A program that comes with the system, not with us. */
export interface SystemProgram {
  readonly path: string;
  /** In CI a missing one is a failure; on a machine without it the tests say that they are skipped. */
  readonly isSkipped: boolean;
  /** Why, for a test's name. */
  readonly reason: string;
}

/** Finds a program by name. */
export function findProgram(name: string): SystemProgram {
  // Debian keeps servers where only root looks.
  const path = Bun.which(name, { PATH: `${process.env["PATH"]}:/usr/sbin` });
  const isSkipped = path === null && process.env["CI"] === undefined;
  const reason = isSkipped ? ` (no ${name} here: apt-get install ${packageOf(name)})` : "";
  return { path: path ?? name, isSkipped, reason };
}

function packageOf(name: string): string {
  const installed = new RegExp(`\\b${name}=(\\S+)`).exec(readFileSync(INSTALLER, "utf8"));
  return installed?.[1] ?? name;
}
