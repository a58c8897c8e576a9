/** The name of an entry of a directory, and whether the entry is a directory itself. */
export interface DirectoryEntry {
  readonly name: string;
  readonly kind: "directory" | "file";
}

/** An entry with its size and time. */
export interface ListingRow extends DirectoryEntry {
  /** Size in bytes; `undefined` for a directory, and if it could not be read. */
  readonly bytes: number | undefined;
  /** Milliseconds since 1970; `undefined` if it could not be read. */
  readonly modifiedMs: number | undefined;
}

/** A measure of many entries, such as their sizes, by index; NaN if there is none. */
export type Measures = Float64Array<ArrayBuffer>;
