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
 * What one call hands the kernel, in bytes; it takes twice as much (socket(7)), but not more than
 * `net.core.wmem_max` allows. With a quarter of it, echoes of 1 MB to 500 connections took two thirds
 * more CPU, as most of each then waits in Bun's own buffer.
 */
const LOOPBACK_SEND_BYTES = 512 * 1024;

/** What may lie unsent in the kernel, in bytes, whatever is on its way. */
const UNSENT_BYTES = 128 * 1024;

/**
 * A peer that acknowledges nothing for this long is gone, in milliseconds: left alone, the kernel
 * tries for 15 minutes (tcp(7)). Keep-alive probes find the peers that nothing is sent to: the first
 * after half a minute, then one in ten seconds.
 */
const GONE_AFTER_MS = 100_000;
const PROBE_AFTER_SECONDS = 30;
const PROBE_EVERY_SECONDS = 10;
const PROBES = 7;

/**
 * Sets the options of this process's listening sockets, which the connections they accept inherit.
 * They make the server faster and fairer, and nothing depends on them.
 *
 * Bun 1.4.5 hands the kernel all of a large file that a socket will take, and serves nobody else
 * meanwhile. A reader on the same machine takes it as fast as it is given, so eight of them held a
 * small file up for half a second. Told to take less at once, they hold it up for 4 ms.
 *
 * @param isLoopback whether only this machine can connect to an address
 */
export function tuneListeners(calls: SocketCalls, isLoopback: IsLoopback): void {
  for (const listener of listListeners(calls)) tune(calls, listener, isLoopback);
}

type IsLoopback = (address: string) => boolean;

/** The descriptors of this process's listening sockets. */
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
    // Nothing is congested between two programs of one machine. Where the system's choice is BBR,
    // it paces them with timers all the same: 60 µs for 100 KB instead of 19.
    calls.setText(listener, TCP_CONGESTION, "reno");
  } else {
    // A send buffer would limit what a long line can carry; this limits only what waits before it.
    calls.setNumber(listener, TCP_NOTSENT_LOWAT, UNSENT_BYTES);
  }
}
