import { dlopen, ptr } from "bun:ffi";
import { listDescriptors } from "./descriptors.ts";
import { isLoopbackAddress } from "./http/host.ts";

/** The names of C's library on Linux, glibc's and musl's. */
const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"] as const;

const SYMBOLS = {
  getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
} as const;

type SocketCalls = ReturnType<typeof dlopen<typeof SYMBOLS>>["symbols"];

/** Of Linux, on both architectures that Bun runs on: asm-generic/socket.h and linux/tcp.h. */
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_ACCEPTCONN = 30;
const IPPROTO_TCP = 6;
const TCP_CONGESTION = 13;
const TCP_NOTSENT_LOWAT = 25;
const AF_INET = 2;
const AF_INET6 = 10;

/** What one call hands the kernel, in bytes; the kernel takes twice as much (socket(7)). */
const LOOPBACK_SEND_BYTES = 128 * 1024;

/** What may lie unsent in the kernel, in bytes, whatever is on its way. */
const UNSENT_BYTES = 128 * 1024;

/**
 * Sets the options of this process's listening sockets, which the connections they accept inherit
 * and for which Bun 1.4.5 has no names. Where a system has other calls than Linux, it does nothing:
 * they make the server faster and fairer, and nothing depends on them.
 *
 * Bun hands the kernel all of a large file that a socket will take, and serves nobody else
 * meanwhile. A reader on the same machine takes it as fast as it is given, so eight of them held a
 * small file up for half a second. Told to take less at once, they hold it up for 3 ms.
 */
export function tuneListeners(): void {
  if (process.platform !== "linux") return;
  const calls = openSocketCalls();
  if (calls === undefined) return;
  for (const descriptor of listDescriptors()) {
    if (readFlag(calls, descriptor, SO_ACCEPTCONN)) tune(calls, descriptor);
  }
}

function tune(calls: SocketCalls, listener: number): void {
  const address = localAddress(calls, listener);
  if (address === undefined) return;
  if (isLoopbackAddress(address)) {
    setNumber(calls, listener, SOL_SOCKET, SO_SNDBUF, LOOPBACK_SEND_BYTES);
    // Nothing is congested between two programs of one machine. Where the system's choice is BBR,
    // it paces them with timers all the same: 60 µs for 100 KB instead of 19.
    const reno = Buffer.from("reno");
    calls.setsockopt(listener, IPPROTO_TCP, TCP_CONGESTION, ptr(reno), reno.length);
  } else {
    // A send buffer would limit what a long line can carry; this limits only what waits before it.
    setNumber(calls, listener, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_BYTES);
  }
}

function openSocketCalls(): SocketCalls | undefined {
  for (const library of LIBRARIES) {
    try {
      return dlopen(library, SYMBOLS).symbols;
    } catch {
      // It has another name here.
    }
  }
  return undefined;
}

/** Whether this option of a socket is on; what is no socket has none. */
function readFlag(calls: SocketCalls, descriptor: number, option: number): boolean {
  const value = new Int32Array(1);
  const length = Uint32Array.of(value.byteLength);
  return (
    calls.getsockopt(descriptor, SOL_SOCKET, option, ptr(value), ptr(length)) === 0 &&
    value[0] === 1
  );
}

function setNumber(
  calls: SocketCalls,
  descriptor: number,
  level: number,
  option: number,
  value: number,
): void {
  const bytes = Int32Array.of(value);
  calls.setsockopt(descriptor, level, option, ptr(bytes), bytes.byteLength);
}

/** The address that a socket is bound to, as the system writes it; `undefined` for a Unix socket. */
function localAddress(calls: SocketCalls, descriptor: number): string | undefined {
  const bytes = Buffer.alloc(128); // sizeof(struct sockaddr_storage)
  const length = Uint32Array.of(bytes.length);
  if (calls.getsockname(descriptor, ptr(bytes), ptr(length)) !== 0) return undefined;
  const family = bytes.readUInt16LE(0);
  if (family === AF_INET) return bytes.subarray(4, 8).join(".");
  return family === AF_INET6 ? formatIpv6(bytes.subarray(8, 24)) : undefined;
}

function formatIpv6(bytes: Buffer): string {
  const isMapped = bytes.subarray(0, 12).toString("hex") === "00000000000000000000ffff";
  if (isMapped) return `::ffff:${bytes.subarray(12).join(".")}`;
  const isLoopback = bytes.readBigUInt64BE(0) === 0n && bytes.readBigUInt64BE(8) === 1n;
  return isLoopback ? "::1" : bytes.toString("hex");
}
