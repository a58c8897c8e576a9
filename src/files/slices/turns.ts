/**
 * Numbers the turns of the event loop. Requests that were read in the same turn came at the same time,
 * so one look at the disk is fresh for all of them.
 */
export class Turns {
  #number = 0;
  #isKnown = false;

  /** The number of this turn, which ends when the event loop comes to the immediates. */
  get current(): number {
    if (!this.#isKnown) {
      this.#isKnown = true;
      setImmediate(this.#end);
    }
    return this.#number;
  }

  readonly #end = (): void => {
    this.#number++;
    this.#isKnown = false;
  };
}
