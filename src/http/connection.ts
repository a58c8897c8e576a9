import { FieldMemo } from "./field-memo.ts";
import { hasToken } from "./token.ts";

/** The options of a Connection field (RFC 9110 §7.6.1) that change an answer. */
export interface ConnectionOptions {
  /** The client closes the connection after the answer. */
  readonly closes: boolean;
  /** The client asks for the protocol in its Upgrade field. */
  readonly upgrades: boolean;
}

const NONE: ConnectionOptions = { closes: false, upgrades: false };

/** The values that are remembered. */
const MOST_KNOWN = 64;

/** Reads Connection fields. */
export class ConnectionReader {
  readonly #known = new FieldMemo(readOptions, MOST_KNOWN);

  /**
   * Reads the options of a field.
   *
   * @param field `undefined` if there is none
   */
  read(field: string | undefined): ConnectionOptions {
    return field === undefined ? NONE : this.#known.get(field);
  }
}

function readOptions(field: string): ConnectionOptions {
  return { closes: hasToken(field, "close"), upgrades: hasToken(field, "upgrade") };
}
