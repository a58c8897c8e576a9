/** A map of limited size: if it is full, the value that was not used for the longest time goes. */
export class Recent<T> {
  readonly #most: number;
  /** The values in the order of use. */
  readonly #values = new Map<string, T>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Returns the value of a key, without counting as a use. */
  peek(key: string): T | undefined {
    return this.#values.get(key);
  }

  /** Keeps a value, replacing the one before it. */
  use(key: string, value: T): T {
    this.#values.delete(key);
    this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.#most && oldest !== undefined) this.#values.delete(oldest);
    return value;
  }
}
