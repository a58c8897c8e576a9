import type { ListingRow } from "../root/directory-entry.ts";
import type { SortKey, SortOrder } from "./order.ts";

/** What is known of a whole listing before its first row. */
export interface WholeHead {
  /** The decoded path of the directory; empty at the root. */
  readonly segments: readonly string[];
  /** `undefined` for the order that the directory itself has its entries in. */
  readonly ordered: { readonly sort: SortKey; readonly order: SortOrder } | undefined;
}

/** What is known after its last row. */
export interface WholeFoot {
  readonly directories: number;
  readonly files: number;
}

/** Writes a listing bit by bit. */
export interface WholeParts {
  readonly head: (head: WholeHead) => string;
  /** @param before how many rows there were before these */
  readonly rows: (rows: readonly ListingRow[], before: number) => string;
  readonly foot: (foot: WholeFoot) => string;
}
