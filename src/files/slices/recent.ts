/** What was used last, by its key: as many as there may be, the one not used for longest goes first. */
export class Recent<T> {
  readonly #most: number;
  /** In the order of use. */
  readonly #values = new Map<string, T>();

  constructor(most: number) {
    this.#most = most;
  }

  /** What was kept under a key, which does not count as a use of it. */
  peek(key: string): T | undefined {
    return this.#values.get(key);
  }

  /** Keeps a value, in the place of the one before it. */
  use(key: string, value: T): T {
    this.#values.delete(key);
    this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.#most && oldest !== undefined) this.#values.delete(oldest);
    return value;
  }
}
