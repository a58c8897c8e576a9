/** The bounds of a `Recent`. */
export interface RecentOptions<T> {
  /** The most that all values together may weigh. */
  readonly most: number;
  /** Returns the weight of a value, in bytes or another unit; every value weighs 1 without it. */
  readonly weigh?: (value: T) => number;
  /** Called with the weight of each value that is no longer kept. */
  readonly onForget?: (weight: number) => void;
}

interface Kept<T> {
  value: T;
  weight: number;
}

/**
 * A map of limited weight: if it is full, the value that was not used for the longest time goes. A
 * value that is too heavy for the whole map is not kept.
 */
export class Recent<T> {
  readonly #most: number;
  readonly #weigh: (value: T) => number;
  readonly #onForget: (weight: number) => void;
  /** The values in the order of use. */
  readonly #kept = new Map<string, Kept<T>>();
  #weight = 0;

  constructor({ most, weigh = () => 1, onForget = () => undefined }: RecentOptions<T>) {
    this.#most = most;
    this.#weigh = weigh;
    this.#onForget = onForget;
  }

  /** The number of values. */
  get size(): number {
    return this.#kept.size;
  }

  /** The weight of all values. */
  get weight(): number {
    return this.#weight;
  }

  /** Returns the value of a key, without counting as a use. */
  peek(key: string): T | undefined {
    return this.#kept.get(key)?.value;
  }

  /** Keeps a value, replacing the one before it, and weighs it anew, as it may have grown. */
  use(key: string, value: T): T {
    const kept = this.#kept.get(key) ?? { value, weight: 0 };
    this.#kept.delete(key);
    this.#weight -= kept.weight;
    kept.value = value;
    kept.weight = this.#weigh(value);
    if (kept.weight > this.#most) {
      this.#onForget(kept.weight);
      return value;
    }
    this.#kept.set(key, kept);
    this.#weight += kept.weight;
    if (this.#weight > this.#most) this.#shrink();
    return value;
  }

  /** Forgets the value of a key. */
  delete(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#weight -= kept.weight;
    this.#onForget(kept.weight);
  }

  /** Forgets all values. */
  clear(): void {
    this.#kept.clear();
    this.#onForget(this.#weight);
    this.#weight = 0;
  }

  #shrink(): void {
    for (const oldest of this.#kept.keys()) {
      this.delete(oldest);
      if (this.#weight <= this.#most) return;
    }
  }
}
