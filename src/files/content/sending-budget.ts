import type { Server } from "bun";

/** The calls of a server that tell how far its answers are. */
export type AnswerSource = Pick<Server<unknown>, "requestIP" | "pendingRequests">;

interface Sending {
  readonly request: Request;
  readonly bytes: number;
}

/**
 * Bounds the memory of answers that are made in memory and are on their way out.
 *
 * An answer counts until the server no longer knows its client's address, that is, until it is out
 * (Bun: answered-no-address). On a Unix socket there are no addresses: there an answer is within
 * the budget if all answers under way would be within it at the same size.
 */
export class SendingBudget {
  readonly #maxBytes: number;
  readonly #sending = new Set<Sending>();
  #bytes = 0;
  #server: AnswerSource | undefined;

  /** @param maxBytes of all such answers together */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Starts to grant bytes; before that, none are taken.
   *
   * @param server any server of this process
   */
  begin(server: AnswerSource): void {
    this.#server = server;
  }

  /**
   * Takes the bytes of an answer out of the budget until it is out.
   *
   * @returns whether there were enough
   */
  take(bytes: number, request: Request): boolean {
    const server = this.#server;
    if (server === undefined) return false;
    if (server.requestIP(request) === null) return bytes * server.pendingRequests <= this.#maxBytes;
    if (this.#bytes + bytes > this.#maxBytes) this.#recount(server);
    if (this.#bytes + bytes > this.#maxBytes) return false;
    this.#sending.add({ request, bytes });
    this.#bytes += bytes;
    return true;
  }

  #recount(server: AnswerSource): void {
    for (const sending of this.#sending) {
      if (server.requestIP(sending.request) !== null) continue;
      this.#sending.delete(sending);
      this.#bytes -= sending.bytes;
    }
  }
}
