import { closeSync } from "node:fs";
import { descriptorPath } from "./descriptor-path.ts";

/**
 * The right to open a file through the descriptor that was checked. It ends when the event loop
 * turns: then the descriptor is closed, and its number may become that of another file.
 *
 * That is late enough for Bun to open the `Bun.file` of an answer (Bun: opened-in-turn). A lease is
 * never kept: the types let a cache hold only content in memory.
 */
export class Lease {
  readonly #path: string;
  readonly #refuseIfScarce: () => void;
  #isOver = false;

  /**
   * Takes the descriptor over.
   *
   * @param realPath the path to open if the system has no path for a descriptor
   * @param refuseIfScarce throws if descriptors are scarce: Bun keeps one until the client has the answer
   */
  constructor(descriptor: number, realPath: string, refuseIfScarce: () => void) {
    this.#refuseIfScarce = refuseIfScarce;
    this.#path = descriptorPath(descriptor) ?? realPath;
    setImmediate(() => {
      this.#isOver = true;
      closeSync(descriptor);
    });
  }

  /**
   * The path that opens the file.
   *
   * @throws `EMFILE` if descriptors are scarce
   * @throws if the lease is over, which is a bug: another file could be opened
   */
  get path(): string {
    if (this.#isOver) throw new Error("a lease of a descriptor was used after its turn");
    this.#refuseIfScarce();
    return this.#path;
  }
}
