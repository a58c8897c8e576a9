import type { ListingRow } from "../root/directory-entry.ts";
import type { SortKey, SortOrder } from "./order.ts";

/** The facts about a whole listing that are known before its first row. */
export interface WholeHead {
  /** The decoded path of the directory; empty at the root. */
  readonly segments: readonly string[];
  /** `undefined` for the order in which the directory itself has its entries. */
  readonly ordered: { readonly sort: SortKey; readonly order: SortOrder } | undefined;
  /** The text that all names of the listing have in them. */
  readonly filter: string | undefined;
}

/** The facts about a whole listing that are known after its last row. */
export interface WholeFoot {
  readonly directories: number;
  readonly files: number;
}

/** Writes a listing bit by bit. */
export interface WholeParts {
  readonly head: (head: WholeHead) => string;
  /** @param before the number of rows before these */
  readonly rows: (rows: readonly ListingRow[], before: number) => string;
  readonly foot: (foot: WholeFoot) => string;
}
