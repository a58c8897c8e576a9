import { readlinkSync, realpathSync, statSync, type BigIntStats } from "node:fs";

const IS_LINUX = process.platform === "linux";

/**
 * What opens the very file or directory that a descriptor is of, while it is open; `undefined` where
 * the system has no such path.
 */
export function descriptorPath(descriptor: number): string | undefined {
  return IS_LINUX ? `/proc/self/fd/${descriptor}` : undefined;
}

/**
 * The real path of what is open. Linux knows it from the descriptor, so that nothing swapped in
 * since can be mistaken for it. Elsewhere the path is resolved anew and must lead to the same file.
 *
 * @returns `undefined` if it leads to another by now
 * @throws file-system errors
 */
export function realPathOf(
  descriptor: number,
  path: string,
  stats: BigIntStats,
): string | undefined {
  const own = descriptorPath(descriptor);
  if (own !== undefined) return readlinkSync(own);
  const realPath = realpathSync.native(path);
  const { dev, ino } = statSync(realPath, { bigint: true });
  return dev === stats.dev && ino === stats.ino ? realPath : undefined;
}
