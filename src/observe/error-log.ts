import { classifyFailure } from "../system/system-error.ts";

/** Takes what went wrong, with its cause. */
export type LogError = (error: unknown) => void;

/** How long, in milliseconds, it is known that the machine is out of descriptors. */
const KNOWN_MS = 10_000;

/**
 * Logs everything, but that the machine is exhausted only once in ten seconds: every request finds
 * that, and a client that takes all descriptors would have twenty lines written for each.
 *
 * @param now milliseconds, never going back
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
