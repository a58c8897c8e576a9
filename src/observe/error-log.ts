import { classifyFailure } from "../system/system-error.ts";

/** Logs an error with its cause. */
export type LogError = (error: unknown) => void;

/** How long (ms) the report that the machine is out of descriptors is not repeated. */
const KNOWN_MS = 10_000;

/**
 * Makes a logger that reports an exhausted machine at most once in ten seconds, and every other error.
 * Every request fails on an exhausted machine, so a client that takes all descriptors would cause twenty
 * lines for each request.
 *
 * @param now a monotonic clock, in milliseconds
 */
export function logSparingly(logError: LogError, now: () => number): LogError {
  let lastMs = -Infinity;
  return (error) => {
    if (classifyFailure(error) !== "exhausted") return logError(error);
    if (now() - lastMs < KNOWN_MS) return;
    lastMs = now();
    logError(error);
  };
}
