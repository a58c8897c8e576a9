import { occupyFirstFree, type ListenAddress } from "../server/bind.ts";
import { SocketCalls } from "../system/socket-calls.ts";
import { listListeners } from "../system/socket-options.ts";

/** The outcome of reserving a port for the workers of this process. */
export type Reservation =
  | { readonly kind: "reserved"; readonly port: number }
  /** One line that names the flag, its value and the fix. */
  | { readonly kind: "failed"; readonly message: string }
  /** No system calls for it are known on this system. */
  | { readonly kind: "impossible" };

/**
 * Reserves the port that the workers share, until this process ends.
 *
 * A shared port is never busy, so Bun binds to it alone first; Bun also resolves names and reports bad
 * addresses. Then we allow sharing, and a socket of our own, which never listens, replaces Bun's. The
 * port is ours all the time.
 */
export function reservePort(address: ListenAddress): Reservation {
  const calls = SocketCalls.open();
  if (calls === undefined) return { kind: "impossible" };
  const bound = occupyFirstFree(address);
  if (bound.kind === "failed") return bound;
  const isHeld = listListeners(calls).every((listener) => calls.holdAddress(listener));
  for (const server of bound.servers) void server.stop(true);
  return isHeld ? { kind: "reserved", port: bound.port } : { kind: "impossible" };
}
