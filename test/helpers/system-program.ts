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
  return { path: path ?? name, isSkipped, reason: isSkipped ? ` (there is no ${name} here)` : "" };
}
