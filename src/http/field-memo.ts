/** The longest value that is remembered; those of browsers have at most 200 characters. */
const MAX_LENGTH = 256;

/**
 * Remembers what a function makes of the values of a header field, as nearly all requests have one of a
 * few values. Its memory is bounded: it forgets all values once there are too many, and long ones at once.
 */
export class FieldMemo<T extends string | object> {
  readonly #read: (field: string) => T;
  readonly #most: number;
  readonly #known = new Map<string, T>();
  /** The last value, which is compared sooner than it is looked up. */
  #lastField: string | undefined;
  #last: T | undefined;

  /**
   * @param read depends on nothing but the field
   * @param most values that are remembered
   */
  constructor(read: (field: string) => T, most: number) {
    this.#read = read;
    this.#most = most;
  }

  /** Returns what the function makes of a value. */
  get(field: string): T {
    if (field === this.#lastField && this.#last !== undefined) return this.#last;
    if (field.length > MAX_LENGTH) return this.#read(field);
    const result = this.#known.get(field) ?? this.#add(field);
    this.#lastField = field;
    this.#last = result;
    return result;
  }

  /** Forgets all values. */
  clear(): void {
    this.#known.clear();
    this.#lastField = undefined;
    this.#last = undefined;
  }

  #add(field: string): T {
    if (this.#known.size >= this.#most) this.clear();
    const result = this.#read(field);
    this.#known.set(field, result);
    return result;
  }
}
