import { isDelivering, QUIET_MS, type Delivery } from "./delivery.ts";
import { listDescriptors } from "./descriptors.ts";
import { addressKey, type RemoteAddress } from "./remote-address.ts";
import type { SocketCalls, TcpInfo } from "./socket-calls.ts";

/** A client by its end of the connection, and the time of its request. */
export interface Client extends RemoteAddress {
  /** The time of its request, in milliseconds of `performance.now()`. */
  readonly askedMs: number;
}

/** The kernel counts in ticks of up to 10 ms, and a request takes a moment to reach us. */
const CLOCK_SLACK_MS = 20;

/** The facts that tell how far an answer has come. */
type Progress = Delivery & Pick<TcpInfo, "silentMs">;

/** The verdict on a client whose answer is over; a `stranded` one is to be cut off. */
export type ClientVerdict =
  /** The client has asked for something else since, so its answer was whole. */
  | "content"
  /** A part of the answer is still on its way. */
  | "busy"
  /** Nothing is on its way, and nothing more will come. */
  | "stranded";

/**
 * Follows clients that may wait for the rest of an answer that is over (Bun: short-file-kept). A
 * connection is shut as soon as nothing is on its way to its client: a client that waits learns
 * that the answer is broken; any other has an idle connection less, as can happen at any time (RFC
 * 9112 §9.5).
 */
export class Stranded {
  readonly #calls: SocketCalls;
  /** The clients by the descriptors of their connections. */
  readonly #clients = new Map<number, Client>();

  constructor(calls: SocketCalls) {
    this.#calls = calls;
  }

  /**
   * Looks at the clients known so far, and at others. To be called every second or so.
   *
   * @param others clients whose answers have ended since the last call
   */
  sweep(others: readonly Client[]): void {
    if (others.length > 0) this.#find(others);
    for (const [descriptor, client] of this.#clients) {
      const verdict = this.#judge(descriptor, client);
      if (verdict === "busy") continue;
      this.#clients.delete(descriptor);
      if (verdict === "stranded") this.#calls.shutdown(descriptor);
    }
  }

  #find(clients: readonly Client[]): void {
    const byAddress = new Map(clients.map((client) => [addressKey(client), client]));
    for (const descriptor of listDescriptors()) {
      const client = byAddress.get(this.#keyAt(descriptor) ?? "");
      if (client !== undefined) this.#clients.set(descriptor, client);
    }
  }

  #judge(descriptor: number, client: Client): ClientVerdict {
    // By now the descriptor may belong to another connection.
    if (this.#keyAt(descriptor) !== addressKey(client)) return "content";
    const info = this.#calls.tcpInfo(descriptor);
    return info === undefined ? "content" : judgeClient(info, performance.now() - client.askedMs);
  }

  #keyAt(descriptor: number): string | undefined {
    const peer = this.#calls.remoteAddress(descriptor);
    return peer && addressKey(peer);
  }
}

/**
 * Judges a client whose answer is over.
 *
 * @param elapsedMs the time since its request
 */
export function judgeClient(progress: Progress, elapsedMs: number): ClientVerdict {
  if (progress.silentMs < elapsedMs - CLOCK_SLACK_MS) return "content";
  return isDelivering(progress, QUIET_MS) ? "busy" : "stranded";
}
