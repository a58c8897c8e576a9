import type { LogError } from "./error-log.ts";

/** The most names that a server reports in its life: a client that sends more is guessing. */
const MAX_NAMES = 20;

/** The most lines in a period: a tunnel and its neighbours need a few, a scanner causes many. */
const MAX_LINES = 5;
const PERIOD_MS = 10_000;

/** Logs advice on a refused host name, which `plainHostName` has returned. */
export type AdviseOnHost = (name: string | undefined) => void;

/**
 * Logs, once for each refused host name, the option that makes the server accept it. The page of a 421
 * says so too, but only visitors see that.
 *
 * @param now a monotonic clock, in milliseconds
 */
export function adviseOnHosts(log: LogError, now: () => number): AdviseOnHost {
  const told = new Set<string>();
  let periodStartMs = -Infinity;
  let lines = 0;
  return (name = "NAME") => {
    if (told.has(name) || told.size === MAX_NAMES) return;
    if (now() - periodStartMs >= PERIOD_MS) [periodStartMs, lines] = [now(), 0];
    if (lines === MAX_LINES) return;
    lines++;
    told.add(name);
    log(`refused a request for another host name; to accept it, start with --allow-host ${name}`);
  };
}
