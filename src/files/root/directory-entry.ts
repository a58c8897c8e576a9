/** A name in a directory, and whether it is that of another directory. */
export interface DirectoryEntry {
  readonly name: string;
  readonly kind: "directory" | "file";
}

/** An entry with its size and time. */
export interface ListingRow extends DirectoryEntry {
  /** Size in bytes; `undefined` for a directory, and where it could not be read. */
  readonly bytes: number | undefined;
  /** Milliseconds since 1970; `undefined` where it could not be read. */
  readonly modifiedMs: number | undefined;
}

/** Of many entries what they are sorted by, each at the index of its entry; NaN where there is none. */
export type Measures = Float64Array<ArrayBuffer>;
