import { constants, readlinkSync, realpathSync, statSync, type BigIntStats } from "node:fs";

const IS_LINUX = process.platform === "linux";

/** Linux's own flag, which Bun 1.4.5 has no name for: asm-generic/fcntl.h. */
const O_PATH = 0o10000000;

/**
 * What a directory is opened with to find out where it is. On Linux that takes no permission to read
 * it: what is in a directory of mode 711 may be served by name.
 */
export const LOOK_AT_DIRECTORY = constants.O_DIRECTORY | (IS_LINUX ? O_PATH : constants.O_RDONLY);

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
