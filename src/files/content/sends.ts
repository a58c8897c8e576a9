import type { Server } from "bun";
import type { Client } from "../../system/stranded.ts";
import { isUnchanged, type Watched } from "../root/watched.ts";

/** The call that tells the address of a request's client, and `null` once the answer is over. */
type Addresses = Pick<Server<unknown>, "requestIP">;

/** A file on its way to a client. */
interface Send {
  readonly request: Request;
  readonly file: Watched;
  readonly client: Client;
}

/**
 * Watches the files that are sent from disk.
 *
 * Bun takes the end of a file that was cut short for the end of the answer (Bun: short-file-kept):
 * it keeps the connection open, and the client waits for the rest until the idle timeout, 253
 * seconds. So each send is checked when it is over; if its file has changed by then, the client may
 * be waiting. (Over HTTP/2 the stream ends, shorter than its Content-Length, and the client knows.)
 */
export class Sends {
  readonly #sends = new Set<Send>();
  #addresses: Addresses | undefined;

  /**
   * Starts to watch; before that, no answer can be watched.
   *
   * @param server any server of this process (Bun: answered-no-address)
   */
  begin(server: Addresses): void {
    this.#addresses = server;
  }

  /** The number of files that are being sent, or were at the last sweep. */
  get size(): number {
    return this.#sends.size;
  }

  /**
   * Watches the answer to a request.
   *
   * @param file in the state of its lookup
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
   * @returns the clients whose file has changed since its lookup
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
