import { median } from "./stats.ts";

/** The memory and the open files of a server at one moment. */
export interface Look {
  /** Resident memory, in MB. */
  readonly memoryMb: number;
  readonly openFiles: number;
}

/** A minute of a soak: the medians of its looks, as memory and open files differ from second to second. */
export interface Minute extends Look {
  readonly minute: number;
}

/** The minute in which a server has seen everything once. Later ones are compared with it. */
export const WARM_MINUTE = 2;

/** The memory (MB) and the open files that a minute may have more than another that is like it. */
const SPREAD_MB = 40;
const SPREAD_FILES = 20;

/** Sums a minute up. */
export function summarize(minute: number, looks: readonly Look[]): Minute {
  return {
    minute,
    memoryMb: median(looks.map(({ memoryMb }) => memoryMb)),
    openFiles: median(looks.map(({ openFiles }) => openFiles)),
  };
}

/** Tells what a minute has more of than the warm one; an empty list if the server is steady. */
export function growthOf(warm: Look, last: Look): string[] {
  const growth: string[] = [];
  // `!(a <= b)`, as a figure that could not be read is NaN.
  if (!(last.memoryMb <= warm.memoryMb + SPREAD_MB)) growth.push("memory");
  if (!(last.openFiles <= warm.openFiles + SPREAD_FILES)) growth.push("open files");
  return growth;
}
