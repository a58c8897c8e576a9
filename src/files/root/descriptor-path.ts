import { constants, readlinkSync, realpathSync, statSync, type BigIntStats } from "node:fs";

const IS_LINUX = process.platform === "linux";

/**
 * Linux's flag to open anything without reading it, which wakes neither a FIFO nor a device; `undefined` on
 * other systems. `fs.constants` lacks it: asm-generic/fcntl.h.
 */
export const O_PATH = IS_LINUX ? 0o10000000 : undefined;

/**
 * The flags to open a directory in order to find out where it is. On Linux this needs no permission
 * to read it: the files in a directory of mode 711 may be served by name.
 */
export const LOOK_AT_DIRECTORY = constants.O_DIRECTORY | (O_PATH ?? constants.O_RDONLY);

/**
 * Returns a path that opens the very file or directory of an open descriptor; `undefined` if the
 * system has no such path. A `Bun.file` of the descriptor itself cannot be cut to a range (Bun:
 * file-of-descriptor).
 */
export function descriptorPath(descriptor: number): string | undefined {
  return IS_LINUX ? `/proc/self/fd/${descriptor}` : undefined;
}

/**
 * Returns the real path of an open file or directory. Linux knows it from the descriptor, so that
 * nothing swapped in since can be mistaken for it. Elsewhere the path is resolved again and must
 * lead to the same file.
 *
 * @returns `undefined` if the path leads to another file by now
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
