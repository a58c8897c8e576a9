/** What is known of a worker that ended although nobody asked it to. */
export interface Death {
  /** How long it was there, in milliseconds. */
  readonly livedMs: number;
  /** How many in its place before it ended soon, one after the other. */
  readonly soonBefore: number;
}

/** When another one takes its place. */
export interface BackOff {
  readonly delayMs: number;
  /** How many have ended soon in this place now. */
  readonly soon: number;
}

/** Who was there for so long, in milliseconds, did not end because it cannot run at all. */
const LONG_MS = 10_000;

/** The delay, in milliseconds, after two that ended soon; it doubles with each more. */
const FIRST_DELAY_MS = 500;

/** What fails for minutes is tried twice a minute: often enough for whoever repairs it. */
const LAST_DELAY_MS = 30_000;

/** Decides how soon a worker is replaced: the first time at once, then ever later. */
export function backOff({ livedMs, soonBefore }: Death): BackOff {
  if (livedMs >= LONG_MS) return { delayMs: 0, soon: 0 };
  const soon = soonBefore + 1;
  const delayMs = soon === 1 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (soon - 2), LAST_DELAY_MS);
  return { delayMs, soon };
}
