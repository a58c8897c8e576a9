import type { SocketCalls, TcpInfo } from "./socket-calls.ts";

/** How long, in milliseconds, somebody has to be silent to be taken for gone. */
const SILENT_MS = 1000;

/** net/tcp_states.h. */
const ESTABLISHED = 1;
const FIN_WAIT_1 = 4;
const FIN_WAIT_2 = 5;

/**
 * Shuts the connections that nobody is expected to miss, for when descriptors are scarce. Bun 1.4.5
 * leaves each of them 12 to 16 seconds, and cannot be told to do otherwise.
 */
export function shutAbandoned(calls: SocketCalls, descriptors: readonly number[]): void {
  for (const descriptor of descriptors) {
    const info = calls.tcpInfo(descriptor);
    if (info !== undefined && isAbandoned(info)) calls.shutdown(descriptor);
  }
}

/**
 * Whether a connection is one of a client that never finished a request, or that has been told the
 * end and does not hang up. One that was ever answered, as every WebSocket was, is not.
 */
export function isAbandoned({
  state,
  silentMs,
  segmentsSent,
}: Pick<TcpInfo, "state" | "silentMs" | "segmentsSent">): boolean {
  if (silentMs < SILENT_MS) return false;
  if (state === FIN_WAIT_1 || state === FIN_WAIT_2) return true;
  return state === ESTABLISHED && segmentsSent === 0;
}
