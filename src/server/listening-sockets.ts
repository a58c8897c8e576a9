import { isLoopbackAddress } from "../http/host.ts";
import type { SocketCalls } from "../system/socket-calls.ts";
import { withNothing } from "../system/descriptors.ts";
import { listListeners, tuneListeners } from "../system/socket-options.ts";

/** Tunes and closes the sockets at which the servers of this process listen. */
export class ListeningSockets {
  readonly #calls: SocketCalls;
  readonly #descriptors = new WeakMap<object, readonly number[]>();

  constructor(calls: SocketCalls) {
    this.#calls = calls;
  }

  /** Starts a server, tunes its sockets and remembers them. */
  open<Opened extends object>(start: () => Opened): Opened {
    const before = new Set(listListeners(this.#calls));
    const server = start();
    const own = listListeners(this.#calls).filter((descriptor) => !before.has(descriptor));
    this.#descriptors.set(server, own);
    tuneListeners(this.#calls, own, isLoopbackAddress);
    return server;
  }

  /**
   * Closes the sockets of a server, which accepts no more connections then. Its open connections go on,
   * also those that `stop()` would close (Bun: rest-unseen). For Bun the descriptors stay open, until it
   * closes them (Bun: listener-replaced): otherwise it would close whatever has got their numbers.
   */
  close(server: object): void {
    const open = new Set(listListeners(this.#calls));
    // A server that has stopped has closed them, and their numbers may be another's by now.
    const own = this.#descriptors.get(server)?.filter((descriptor) => open.has(descriptor)) ?? [];
    this.#descriptors.delete(server);
    withNothing((nothing) => {
      for (const descriptor of own) this.#calls.replace(descriptor, nothing);
    });
  }
}
