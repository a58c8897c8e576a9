import { lstatSync, readlinkSync, statSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { absolutePath } from "./absolute-path.ts";
import { classifyFailure, codeOf } from "./system-error.ts";

const NO_SUCH_DIRECTORY = "there is no such directory; name one that exists";

/**
 * Says why a directory cannot be served, and what to give instead.
 *
 * @param directory as it was given
 * @param error what opening it came to
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

/** The path itself or, if there is nothing, the nearest above where there is something. */
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
