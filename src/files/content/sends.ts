import type { Server } from "bun";
import type { Client } from "../../system/stranded.ts";
import { isUnchanged, type Watched } from "../root/watched.ts";

/** Tells the address of a request's client, and `null` once the answer is over. */
type Addresses = Pick<Server<unknown>, "requestIP">;

/** A file on its way to a client. */
interface Send {
  readonly request: Request;
  readonly file: Watched;
  readonly client: Client;
}

/**
 * The files that are being sent from disk.
 *
 * Bun 1.4.5 takes the end of a file that was cut short for the end of the answer (Bun:
 * short-file-kept): it keeps the connection open, and the client waits for the rest until the idle
 * timeout, 253 seconds. So each send is looked at when it is over, and a file that has changed by
 * then tells of a client that may be waiting. (Over HTTP/2 the stream ends, shorter than its Content-Length, and the client knows.)
 */
export class Sends {
  readonly #sends = new Set<Send>();
  #addresses: Addresses | undefined;

  /**
   * Watches from now on.
   *
   * @param server any server of this process (Bun: answered-no-address)
   */
  begin(server: Addresses): void {
    this.#addresses = server;
  }

  /** How many files are being sent, or were until the last sweep. */
  get size(): number {
    return this.#sends.size;
  }

  /**
   * Watches the answer to a request.
   *
   * @param file what is sent, as it was looked up
   * @returns whether that is possible; a Unix socket has no addresses
   */
  watch(request: Request, file: Watched): boolean {
    const address = this.#addresses?.requestIP(request);
    if (address === null || address === undefined) return false;
    const client = { address: address.address, port: address.port, askedMs: performance.now() };
    this.#sends.add({ request, file, client });
    return true;
  }

  /**
   * Forgets the answers that are over. To be called every second or so.
   *
   * @returns the clients whose file has changed since it was looked up
   */
  sweep(): readonly Client[] {
    const doubtful: Client[] = [];
    for (const send of this.#sends) {
      if (this.#addresses?.requestIP(send.request)) continue;
      this.#sends.delete(send);
      if (!isUnchanged(send.file)) doubtful.push(send.client);
    }
    return doubtful;
  }
}
