import type { SocketCalls, TcpInfo } from "./socket-calls.ts";

/** How long (ms) a peer has to be silent to be taken for gone. */
const SILENT_MS = 1000;

/** States of TCP in net/tcp_states.h. */
const ESTABLISHED = 1;
const FIN_WAIT_1 = 4;
const FIN_WAIT_2 = 5;

/**
 * Shuts the connections that nobody will miss, when descriptors are scarce. Bun keeps each of them
 * for 12 to 16 seconds, which cannot be configured (Bun: half-request-kept).
 */
export function shutAbandoned(calls: SocketCalls, descriptors: readonly number[]): void {
  for (const descriptor of descriptors) {
    const info = calls.tcpInfo(descriptor);
    if (info !== undefined && isAbandoned(info)) calls.shutdown(descriptor);
  }
}

/**
 * Tells whether a client never finished a request, or does not hang up although we have. A connection
 * with any answer, such as a WebSocket, is not abandoned.
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
