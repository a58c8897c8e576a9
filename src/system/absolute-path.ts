import { isAbsolute, resolve, sep } from "node:path";

/** The dots at the beginning of a relative path. */
const LEADING_DOTS = /^(\.{1,2}(\/+|$))+/;

/**
 * Makes a path independent of the working directory, which may change or be removed. Only leading
 * dots are resolved: `link/..` is not the directory that the link is in.
 *
 * @throws `ENOENT` if the working directory is gone
 * @example absolutePath("../site") // "/srv/site" for a process that works in /srv/app
 */
export function absolutePath(path: string): string {
  if (process.platform === "win32") return resolve(path); // where the system does the same
  if (isAbsolute(path)) return path;
  const [dots = ""] = LEADING_DOTS.exec(path) ?? [];
  // The working directory is known by its real path, so its parents are those of that path.
  const start = resolve(dots);
  const rest = path.slice(dots.length);
  return rest === "" ? start : `${start === sep ? "" : start}${sep}${rest}`;
}
