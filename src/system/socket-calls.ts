import { ptr } from "bun:ffi";
import { openLibc } from "./libc.ts";
import type { RemoteAddress } from "./remote-address.ts";

const SYMBOLS = {
  getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  getpeername: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  shutdown: { args: ["i32", "i32"], returns: "i32" },
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  dup3: { args: ["i32", "i32", "i32"], returns: "i32" },
} as const;

type Functions = NonNullable<ReturnType<typeof openLibc<typeof SYMBOLS>>>;

/** A socket option: level and name in asm-generic/socket.h or linux/tcp.h, as on x64 and arm64. */
export type SocketOption = readonly [level: number, name: number];

/** The fields of `struct tcp_info` that show whether the peer is alive. */
export interface TcpInfo {
  /** The state of TCP, a number of net/tcp_states.h. */
  readonly state: number;
  /** The time since the peer last sent data or, if it never did, since it connected (ms). */
  readonly silentMs: number;
  /** The time since we last sent data or, if we never did, since the connection opened (ms). */
  readonly quietMs: number;
  /** The number of segments with data that we have sent. */
  readonly segmentsSent: number;
  /** How many of them the peer has not acknowledged. */
  readonly segmentsInFlight: number;
  /** How many bytes wait in the kernel to be sent. */
  readonly bytesUnsent: number;
}

const TCP_INFO: SocketOption = [6, 11];

/** The memory that a socket takes, of which the first number is that of unread data: linux/sock_diag.h. */
const SO_MEMINFO: SocketOption = [1, 55];
const MEMINFO_BYTES = 36;

/** Offsets in `struct tcp_info`, which only ever grows at its end. */
const STATE_AT = 0;
const UNACKNOWLEDGED_AT = 24;
const LAST_DATA_SENT_AT = 44;
const LAST_DATA_RECEIVED_AT = 52;
const UNSENT_BYTES_AT = 144;
const DATA_SEGMENTS_SENT_AT = 156;
const TCP_INFO_BYTES = 160;

const AF_INET = 2;
const AF_INET6 = 10;
const SOCKADDR_STORAGE_BYTES = 128;

const SHUT_RDWR = 2;

const SO_REUSEADDR: SocketOption = [1, 2];
const SO_REUSEPORT: SocketOption = [1, 15];
const SO_ATTACH_FILTER: SocketOption = [1, 26];
const SO_ATTACH_REUSEPORT_CBPF: SocketOption = [1, 51];

/** Child processes do not inherit the descriptor: asm-generic/fcntl.h. */
const O_CLOEXEC = 0o2000000;

/** A stream socket: linux/net.h. */
const SOCK_STREAM_CLOEXEC = 1 | O_CLOEXEC;

const FILTER_INSTRUCTION_BYTES = 8; // sizeof(struct sock_filter)
const FILTER_PROGRAM_BYTES = 16; // sizeof(struct sock_fprog)

/** Linux's system calls for sockets that Bun does not offer, on descriptors that Bun owns. */
export class SocketCalls {
  readonly #functions: Functions;

  private constructor(functions: Functions) {
    this.#functions = functions;
  }

  /** Opens libc; `undefined` on other systems than Linux. */
  static open(): SocketCalls | undefined {
    const functions = openLibc(SYMBOLS);
    return functions && new SocketCalls(functions);
  }

  /** Returns the number that an option is set to; `undefined` for a descriptor without that option. */
  getNumber(descriptor: number, option: SocketOption): number | undefined {
    return this.#get(descriptor, option, 4)?.readInt32LE();
  }

  /** Sets an option to a number, without reporting failure. */
  setNumber(descriptor: number, option: SocketOption, value: number): void {
    this.#set(descriptor, option, Int32Array.of(value));
  }

  /** Sets an option to a text, without reporting failure. */
  setText(descriptor: number, option: SocketOption, text: string): void {
    this.#set(descriptor, option, Buffer.from(text));
  }

  /** Returns the IP address that a socket is bound to; `undefined` if it has none. */
  localAddress(descriptor: number): string | undefined {
    const address = this.#addressOf(descriptor, "getsockname");
    return address === undefined ? undefined : formatAddress(address);
  }

  /** Returns the port that a socket is bound to; `undefined` if it has none. */
  localPort(descriptor: number): number | undefined {
    const address = this.#addressOf(descriptor, "getsockname");
    return address === undefined || formatAddress(address) === undefined
      ? undefined
      : address.readUInt16BE(2);
  }

  /** Returns the address of the other end of a TCP connection; `undefined` for other descriptors. */
  remoteAddress(descriptor: number): RemoteAddress | undefined {
    const bytes = this.#addressOf(descriptor, "getpeername");
    if (bytes === undefined) return undefined;
    const address = formatAddress(bytes);
    return address === undefined ? undefined : { address, port: bytes.readUInt16BE(2) };
  }

  /**
   * Lets other sockets share the address of a listener, and binds another one to it that never listens
   * and is never closed. Tells whether that worked.
   */
  holdAddress(listener: number): boolean {
    const address = this.#addressOf(listener, "getsockname");
    if (address === undefined) return false;
    const holder = this.#functions.socket(address.readUInt16LE(0), SOCK_STREAM_CLOEXEC, 0);
    // Old connections that the kernel still remembers must not prevent the bind.
    this.setNumber(holder, SO_REUSEADDR, 1);
    for (const socket of [listener, holder]) this.setNumber(socket, SO_REUSEPORT, 1);
    return this.#functions.bind(holder, ptr(address), address.length) === 0;
  }

  /**
   * Attaches a program that picks which of the listeners of a shared port gets a connection.
   *
   * @param code instructions of classic BPF
   */
  attachPicker(listener: number, code: Buffer): void {
    this.#attach(listener, SO_ATTACH_REUSEPORT_CBPF, code);
  }

  /**
   * Attaches a program that decides how much of each segment to a socket is kept. The connections that a
   * listener accepts afterwards inherit it.
   *
   * @param code instructions of classic BPF
   */
  attachFilter(socket: number, code: Buffer): void {
    this.#attach(socket, SO_ATTACH_FILTER, code);
  }

  #attach(socket: number, option: SocketOption, code: Buffer): void {
    const program = Buffer.alloc(FILTER_PROGRAM_BYTES);
    program.writeUInt16LE(code.length / FILTER_INSTRUCTION_BYTES, 0);
    program.writeBigUInt64LE(BigInt(ptr(code)), 8);
    this.#set(socket, option, program);
  }

  /** Returns the kernel's facts about a TCP connection; `undefined` for other descriptors. */
  tcpInfo(descriptor: number): TcpInfo | undefined {
    const bytes = this.#get(descriptor, TCP_INFO, TCP_INFO_BYTES);
    if (bytes === undefined || bytes.length < TCP_INFO_BYTES) return undefined;
    return {
      state: bytes.readUInt8(STATE_AT),
      silentMs: bytes.readUInt32LE(LAST_DATA_RECEIVED_AT),
      quietMs: bytes.readUInt32LE(LAST_DATA_SENT_AT),
      segmentsSent: bytes.readUInt32LE(DATA_SEGMENTS_SENT_AT),
      segmentsInFlight: bytes.readUInt32LE(UNACKNOWLEDGED_AT),
      bytesUnsent: bytes.readUInt32LE(UNSENT_BYTES_AT),
    };
  }

  /** Closes a descriptor, and makes its number a duplicate of another one. */
  replace(descriptor: number, another: number): void {
    this.#functions.dup3(another, descriptor, O_CLOEXEC);
  }

  /** Tells whether a client has sent what this process has not read yet. */
  hasUnread(descriptor: number): boolean {
    const bytes = this.#get(descriptor, SO_MEMINFO, MEMINFO_BYTES);
    return bytes !== undefined && bytes.length >= 4 && bytes.readUInt32LE() > 0;
  }

  /** Ends a connection in both directions; Bun then closes its descriptor (Bun: shutdown-seen). */
  shutdown(descriptor: number): void {
    this.#functions.shutdown(descriptor, SHUT_RDWR);
  }

  #addressOf(descriptor: number, end: "getsockname" | "getpeername"): Buffer | undefined {
    const bytes = Buffer.alloc(SOCKADDR_STORAGE_BYTES);
    const length = Uint32Array.of(bytes.length);
    const outcome = this.#functions[end](descriptor, ptr(bytes), ptr(length));
    return outcome === 0 ? bytes.subarray(0, length[0]) : undefined;
  }

  #get(descriptor: number, [level, name]: SocketOption, most: number): Buffer | undefined {
    const bytes = Buffer.alloc(most);
    const length = Uint32Array.of(most);
    const outcome = this.#functions.getsockopt(descriptor, level, name, ptr(bytes), ptr(length));
    return outcome === 0 ? bytes.subarray(0, length[0]) : undefined;
  }

  #set(descriptor: number, [level, name]: SocketOption, value: Int32Array | Buffer): void {
    // A failure does not matter: nothing depends on these options.
    this.#functions.setsockopt(descriptor, level, name, ptr(value), value.byteLength);
  }
}

/** Formats a `struct sockaddr`, whose family is in the machine's byte order: little-endian on both. */
function formatAddress(bytes: Buffer): string | undefined {
  const family = bytes.readUInt16LE(0);
  if (family === AF_INET) return bytes.subarray(4, 8).join(".");
  return family === AF_INET6 ? formatIpv6(bytes.subarray(8, 24)) : undefined;
}

function formatIpv6(bytes: Buffer): string {
  const isMapped = bytes.subarray(0, 12).toString("hex") === "00000000000000000000ffff";
  if (isMapped) return `::ffff:${bytes.subarray(12).join(".")}`;
  const isLoopback = bytes.readBigUInt64BE(0) === 0n && bytes.readBigUInt64BE(8) === 1n;
  return isLoopback ? "::1" : bytes.toString("hex").replace(/(.{4})(?!$)/g, "$1:");
}
