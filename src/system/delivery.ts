import { listDescriptors } from "./descriptors.ts";
import type { SocketCalls, TcpInfo } from "./socket-calls.ts";

/** States of TCP in net/tcp_states.h. */
export const TCP_STATE = { established: 1, finWait1: 4, finWait2: 5, closeWait: 8 } as const;

/** The facts that show whether bytes are on their way to a client. */
export type Delivery = Pick<TcpInfo, "quietMs" | "segmentsInFlight" | "bytesUnsent">;

/**
 * Tells whether bytes are on their way to a client, or were until a moment ago.
 *
 * @param momentMs what counts as a moment: the client may have read the last bytes that the kernel had,
 *   and Bun not yet have passed on the next
 */
export function isDelivering(
  { quietMs, segmentsInFlight, bytesUnsent }: Delivery,
  momentMs: number,
): boolean {
  return segmentsInFlight > 0 || bytesUnsent > 0 || quietMs < momentMs;
}

/** How long (ms) nothing is sent before an answer counts as over. */
export const QUIET_MS = 500;

/** A moment for all connections of the process together. */
const MOMENT_MS = 100;

/** Tells whether bytes are on their way to any client of this process. */
export function hasDeliveries(calls: SocketCalls): boolean {
  return listDescriptors().some((descriptor) => {
    const info = calls.tcpInfo(descriptor);
    if (info === undefined) return false;
    const isOpen = info.state === TCP_STATE.established || info.state === TCP_STATE.closeWait;
    return isOpen && info.segmentsSent > 0 && isDelivering(info, MOMENT_MS);
  });
}
