import { closeSync } from "node:fs";
import { descriptorPath } from "./descriptor-path.ts";

/**
 * The right to open a file through the descriptor that was checked. It ends when the event loop
 * turns: the descriptor is closed then, and its number may be another file's.
 *
 * Bun 1.4.5 opens the `Bun.file` of an answer right after the handler has returned, and so in time.
 * A lease is never kept: what a cache holds has its bytes in memory, which its type says.
 */
export class Lease {
  readonly #path: string;
  #isOver = false;

  /**
   * Takes the descriptor over.
   *
   * @param realPath what is opened where the system has no path for a descriptor
   */
  constructor(descriptor: number, realPath: string) {
    this.#path = descriptorPath(descriptor) ?? realPath;
    setImmediate(() => {
      this.#isOver = true;
      closeSync(descriptor);
    });
  }

  /**
   * The path that opens the file.
   *
   * @throws if the lease is over, which is a bug: another file could be opened
   */
  get path(): string {
    if (this.#isOver) throw new Error("a lease of a descriptor was used after its turn");
    return this.#path;
  }
}
