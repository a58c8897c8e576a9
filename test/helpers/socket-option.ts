import { dlopen, ptr } from "bun:ffi";

/** A socket option by level and name. */
export type SocketOption = readonly [level: number, name: number];

/** Socket options by Linux's numbers in asm-generic/socket.h and linux/tcp.h, independent of ours. */
export const SEND_BUFFER: SocketOption = [1, 7];
export const IS_LISTENER: SocketOption = [1, 30];
export const CONGESTION: SocketOption = [6, 13];
export const UNSENT: SocketOption = [6, 25];
export const USER_TIMEOUT: SocketOption = [6, 18];
export const KEEP_ALIVE: SocketOption = [1, 9];

/** The system call's number on x64 and arm64: asm-generic/unistd.h. */
const PIDFD_OPEN = 434;
const PIDFD_GETFD = 438;

const LIBRARY = "libc.so.6";
const GETSOCKOPT = { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" } as const;
const CLOSE = { args: ["i32"], returns: "i32" } as const;
const SYSCALL = { args: ["i64", "i64", "i64", "i64"], returns: "i64" } as const;

/** Reads an option of a socket as bytes; `undefined` for other descriptors. */
export function readOption(descriptor: number, [level, name]: SocketOption): Buffer | undefined {
  const { symbols } = dlopen(LIBRARY, { getsockopt: GETSOCKOPT });
  const bytes = Buffer.alloc(16);
  const length = Uint32Array.of(bytes.length);
  const outcome = symbols.getsockopt(descriptor, level, name, ptr(bytes), ptr(length));
  return outcome === 0 ? bytes.subarray(0, length[0]) : undefined;
}

/**
 * Runs a function with a copy of a child's descriptor: pidfd_getfd(2). `undefined` if the system does
 * not allow that, as in a Docker container.
 */
export function withDescriptorOf<T>(
  pid: number,
  theirs: number,
  look: (ours: number) => T,
): T | undefined {
  const { syscall, close } = dlopen(LIBRARY, { syscall: SYSCALL, close: CLOSE }).symbols;
  const child = Number(syscall(PIDFD_OPEN, pid, 0, 0));
  const ours = Number(syscall(PIDFD_GETFD, child, theirs, 0));
  try {
    return ours < 0 ? undefined : look(ours);
  } finally {
    for (const descriptor of [child, ours]) if (descriptor >= 0) close(descriptor);
  }
}
