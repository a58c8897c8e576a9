/** The unexpected end of a worker. */
export interface Death {
  /** How long the worker lived, in milliseconds. */
  readonly livedMs: number;
  /** The number of workers in a row that ended early in this place before. */
  readonly soonBefore: number;
}

/** The delay before the next worker starts. */
export interface BackOff {
  readonly delayMs: number;
  /** The number of workers in a row that have ended early in this place. */
  readonly soon: number;
}

/** A worker that lived this long (ms) did start properly. */
const LONG_MS = 10_000;

/** The delay (ms) after two early ends; it doubles with each further one. */
const FIRST_DELAY_MS = 500;

/** A worker that keeps failing is tried twice a minute, so that it soon runs once it is repaired. */
const LAST_DELAY_MS = 30_000;

/** Decides when to replace a worker that has died: at once the first time, then after ever longer delays. */
export function backOff({ livedMs, soonBefore }: Death): BackOff {
  if (livedMs >= LONG_MS) return { delayMs: 0, soon: 0 };
  const soon = soonBefore + 1;
  const delayMs = soon === 1 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (soon - 2), LAST_DELAY_MS);
  return { delayMs, soon };
}
