import type { LogError } from "./error-log.ts";

/** Names that are told of in the life of a server: who asks for more is trying them out. */
const MAX_NAMES = 20;

/** Lines in a period: a tunnel and its neighbours are a few names, and a scanner is many. */
const MAX_LINES = 5;
const PERIOD_MS = 10_000;

/** Takes the name of a host that was asked for and is not answered for; see `plainHostName`. */
export type AdviseOnHost = (name: string | undefined) => void;

/**
 * Tells, once for a name and sparingly, how the server is started so that it answers for it: what the
 * page of a 421 says is seen by the visitor, and this by whom it concerns.
 *
 * @param now milliseconds, never going back
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
    log(`refused a request for another host name; if it is yours, start with --allow-host ${name}`);
  };
}
