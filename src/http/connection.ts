import { hasToken } from "./token.ts";

/** The options of a Connection field (RFC 9110 §7.6.1) that change an answer. */
export interface ConnectionOptions {
  /** The client closes the connection after the answer. */
  readonly closes: boolean;
  /** The client asks for the protocol in its Upgrade field. */
  readonly upgrades: boolean;
}

const NONE: ConnectionOptions = { closes: false, upgrades: false };

/** Reads Connection fields, and remembers the last one, as nearly all requests have the same. */
export class ConnectionReader {
  #last: { readonly field: string; readonly options: ConnectionOptions } | undefined;

  /**
   * Reads the options of a field.
   *
   * @param field `null` if there is none
   */
  read(field: string | null): ConnectionOptions {
    if (field === null) return NONE;
    if (this.#last?.field === field) return this.#last.options;
    const options = { closes: hasToken(field, "close"), upgrades: hasToken(field, "upgrade") };
    this.#last = { field, options };
    return options;
  }
}
