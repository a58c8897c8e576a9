import { accessSync, constants, lstatSync, readlinkSync, statSync, type Stats } from "node:fs";
import { dirname, sep } from "node:path";
import { absolutePath } from "./absolute-path.ts";
import { classifyFailure, codeOf } from "./system-error.ts";

const NO_SUCH_DIRECTORY = "there is no such directory; name one that exists";

/**
 * Says why a directory cannot be served, and what to give instead.
 *
 * @param directory as it was given
 * @param error the error of opening it
 */
export function describeObstacle(directory: string, error: unknown): string {
  switch (classifyFailure(error)) {
    case "missing":
      return describeMissing(directory, codeOf(error));
    case "forbidden":
      return "it may not be read; change its permissions or name another";
    case "exhausted":
      return "the system is out of file descriptors; close some programs";
    case "broken":
      return String(error);
  }
}

/**
 * Says what the permissions of a directory keep from being served at its own address, and what to do;
 * `undefined` if they keep nothing.
 *
 * @param directory as it was given; it exists
 * @param page the name of the page that is shown instead of a listing
 * @param isListed tells whether a listing is shown where there is no such page
 */
export function describeRestriction(
  directory: string,
  { page, isListed }: { readonly page: string; readonly isListed: boolean },
): string | undefined {
  const { R_OK, X_OK } = constants;
  if (isForbidden(directory, X_OK)) {
    return "it may not be entered, so nothing in it can be served; allow it with chmod a+rx, or name another";
  }
  const path = `${directory}${sep}${page}`;
  if (isForbidden(path, R_OK)) {
    return `its ${page} may not be read, so the page cannot be shown; allow it with chmod a+r`;
  }
  const hasPage = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  if (!isListed || hasPage || !isForbidden(directory, R_OK)) return undefined;
  return `it may not be read, so no listing can be shown; allow it with chmod a+r, or put an ${page} there`;
}

/** Tells whether the permissions of a file or directory forbid this access; `false` if there is none. */
function isForbidden(path: string, access: number): boolean {
  try {
    accessSync(path, access);
    return false;
  } catch (error) {
    return classifyFailure(error) === "forbidden";
  }
}

function describeMissing(directory: string, code: string | undefined): string {
  if (code === "ELOOP") return "its links lead in a circle; name a directory that exists";
  if (code === "ENAMETOOLONG") return "no path can be so long; name a directory that exists";
  const wanted = absolutePath(directory).replace(/(?<=.)\/+$/, "");
  const nearest = nearestExisting(wanted);
  const subject = nearest === wanted ? "it" : nearest;
  const target = statSync(nearest, { throwIfNoEntry: false });
  if (target === undefined) {
    return `${subject} is a link to ${readlinkSync(nearest)}, which is not there; name a directory that exists`;
  }
  if (target.isDirectory()) return NO_SUCH_DIRECTORY;
  return `${subject} is a ${kindOf(target)}; name its directory, ${dirname(nearest)}`;
}

/** Returns the path itself or, if nothing is there, its nearest ancestor that exists. */
function nearestExisting(path: string): string {
  for (let nearest = path; ; nearest = dirname(nearest)) {
    try {
      lstatSync(nearest);
      return nearest;
    } catch (error) {
      if (nearest === dirname(nearest)) throw error;
    }
  }
}

function kindOf(stats: Stats): string {
  if (stats.isFile()) return "file";
  if (stats.isFIFO()) return "FIFO";
  return stats.isSocket() ? "socket" : "device";
}
