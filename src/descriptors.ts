import { readdirSync } from "node:fs";

/** Of the descriptors that the system allows, what files and HTTP connections are to find free. */
const RESERVED_SHARE = 0.25;
const LEAST_RESERVED = 64;

/** Where the system names no limit, as Windows does not. */
const DEFAULT_CONNECTIONS = 10_000;

/**
 * How many files and sockets this process may have open; `undefined` where that is not limited.
 * Bun raises the soft limit to the hard one at its start.
 */
export function openFileLimit(): number | undefined {
  // Node's types do not say what is in a report.
  const report = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft?: number | "unlimited" } };
  };
  const soft = report.userLimits?.open_files?.soft;
  return typeof soft === "number" ? soft : undefined;
}

/**
 * How many connections may stay open for good under a limit of open files: the rest is kept for
 * files and for requests.
 *
 * At the limit Bun 1.4.5 tries without end, on a whole core, to accept a connection that it has no
 * descriptor for, and the client waits without an answer.
 */
export function connectionsWithin(limit: number | undefined): number {
  if (limit === undefined) return DEFAULT_CONNECTIONS;
  return Math.max(1, limit - reservedOf(limit));
}

/** How often descriptors are counted while there are enough, and while there are not. */
const CALM_MS = 1000;
const TENSE_MS = 100;

/**
 * Calls `relieve` whenever most of the reserve is in use, until it no longer is.
 *
 * @param limit the most files that may be open
 * @returns ends the watch
 */
export function watchDescriptors(limit: number, relieve: () => void): () => void {
  let timer = setTimeout(look, CALM_MS);
  function look(): void {
    const isTense = countOpen() > limit - reservedOf(limit) / 2;
    if (isTense) relieve();
    timer = setTimeout(look, isTense ? TENSE_MS : CALM_MS);
  }
  return () => clearTimeout(timer);
}

function reservedOf(limit: number): number {
  return Math.max(LEAST_RESERVED, Math.ceil(limit * RESERVED_SHARE));
}

/** The numbers of this process's open descriptors, the one for this look among them. */
export function listDescriptors(): number[] {
  return readdirSync("/dev/fd").map(Number);
}

function countOpen(): number {
  try {
    return listDescriptors().length;
  } catch {
    // Out of descriptors even for this look.
    return Number.POSITIVE_INFINITY;
  }
}
