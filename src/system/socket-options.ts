import { listDescriptors } from "./descriptors.ts";
import type { SocketCalls, SocketOption } from "./socket-calls.ts";

const SO_SNDBUF: SocketOption = [1, 7];
const SO_ACCEPTCONN: SocketOption = [1, 30];
const SO_KEEPALIVE: SocketOption = [1, 9];
const TCP_KEEPIDLE: SocketOption = [6, 4];
const TCP_KEEPINTVL: SocketOption = [6, 5];
const TCP_KEEPCNT: SocketOption = [6, 6];
const TCP_CONGESTION: SocketOption = [6, 13];
const TCP_USER_TIMEOUT: SocketOption = [6, 18];
const TCP_NOTSENT_LOWAT: SocketOption = [6, 25];

/**
 * The send buffer on loopback, in bytes. The kernel doubles it (socket(7)), up to `net.core.wmem_max`.
 * With a quarter of it, echoes of 1 MB to 500 connections took two thirds more CPU, as most of each
 * message then waited in Bun's own buffer.
 */
const LOOPBACK_SEND_BYTES = 512 * 1024;

/** The most bytes that may wait unsent in the kernel, not counting those on their way. */
const UNSENT_BYTES = 128 * 1024;

/**
 * A peer that acknowledges nothing for this long (ms) is gone; by default the kernel tries for 15
 * minutes (tcp(7)). Keep-alive probes find vanished peers that we send nothing to: the first probe
 * after 30 seconds, then one every 10 seconds.
 */
const GONE_AFTER_MS = 100_000;
const PROBE_AFTER_SECONDS = 30;
const PROBE_EVERY_SECONDS = 10;
const PROBES = 7;

/**
 * Sets options of listening sockets, which accepted connections inherit. The options
 * make the server faster and fairer, and nothing depends on them.
 *
 * Bun writes as much of a large file as the socket accepts, and serves nobody else meanwhile (Bun:
 * sendfile-greedy). A reader on the same machine reads as fast as Bun writes, so eight of them
 * delayed a small file by half a second. With a smaller send buffer they delay it by 4 ms.
 *
 * @param listeners the descriptors of the sockets
 * @param isLoopback tells whether only this machine can connect to an address
 */
export function tuneListeners(
  calls: SocketCalls,
  listeners: readonly number[],
  isLoopback: IsLoopback,
): void {
  for (const listener of listeners) tune(calls, listener, isLoopback);
}

type IsLoopback = (address: string) => boolean;

/** Lists the descriptors of this process's listening sockets. */
export function listListeners(calls: SocketCalls): number[] {
  return listDescriptors().filter((descriptor) => calls.getNumber(descriptor, SO_ACCEPTCONN) === 1);
}

function tune(calls: SocketCalls, listener: number, isLoopback: IsLoopback): void {
  const address = calls.localAddress(listener);
  if (address === undefined) return;
  calls.setNumber(listener, TCP_USER_TIMEOUT, GONE_AFTER_MS);
  calls.setNumber(listener, SO_KEEPALIVE, 1);
  calls.setNumber(listener, TCP_KEEPIDLE, PROBE_AFTER_SECONDS);
  calls.setNumber(listener, TCP_KEEPINTVL, PROBE_EVERY_SECONDS);
  calls.setNumber(listener, TCP_KEEPCNT, PROBES);
  if (isLoopback(address)) {
    calls.setNumber(listener, SO_SNDBUF, LOOPBACK_SEND_BYTES);
    // Loopback has no congestion, but if the system's default is BBR, it paces with timers all the
    // same: 60 µs for 100 KB instead of 19.
    calls.setText(listener, TCP_CONGESTION, "reno");
  } else {
    // A smaller send buffer would limit the throughput of long lines; this limits only the queue.
    calls.setNumber(listener, TCP_NOTSENT_LOWAT, UNSENT_BYTES);
  }
}
