import { occupyFirstFree, type ListenAddress } from "../server/bind.ts";
import { SocketCalls } from "../system/socket-calls.ts";
import { listListeners } from "../system/socket-options.ts";

/** A port that is kept for the workers of this process, and for nobody else. */
export type Reservation =
  | { readonly kind: "reserved"; readonly port: number }
  /** One line that names the flag, its value and the fix. */
  | { readonly kind: "failed"; readonly message: string }
  /** The system has no calls that we know for it. */
  | { readonly kind: "impossible" };

/**
 * Finds the port that the workers are to share, and keeps it until this process ends.
 *
 * What may be shared is never busy, so it is bound to alone first, by Bun, which knows names and
 * addresses and says what is wrong with them. Only then may others share it, and a socket of our
 * own, which listens to nobody, takes the place of Bun's. The port is ours all the time.
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
