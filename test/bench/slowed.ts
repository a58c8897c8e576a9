/** A number of rounds and their duration. */
export interface RoundsOf {
  readonly rounds: number;
  readonly seconds: number;
}

/** Returns fewer and longer rounds, for answers that take so long that usual rounds have only a few. */
export function slowed({ rounds, seconds }: RoundsOf): RoundsOf {
  return { rounds: Math.ceil(rounds / 2), seconds: 4 * seconds };
}
