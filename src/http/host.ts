import { isIP } from "node:net";
import { FieldMemo } from "./field-memo.ts";

/** The verdict on a Host field: `malformed` is answered with 400, `misdirected` with 421. */
export type HostVerdict = "ok" | "malformed" | "misdirected";

/** The host names that a server accepts. */
export interface HostPolicyOptions {
  /** Host names besides localhost and IP addresses; `*` accepts any. */
  readonly allowed: readonly string[];
  /** The host that the server listens on, which may be a name of this machine. */
  readonly own: string;
}

/**
 * A Host field. A name may have all characters of a reg-name (RFC 3986 §3.2.2) but the comma, which
 * joins two fields (Bun: fields-joined), and escapes, which would give one name two spellings. An
 * IPv6 zone is refused, as it has a meaning only on the client's machine.
 */
const HOST = /^(?:\[([\da-f:.]+)\]|([\w.~!$&'()*+;=-]+))(?::(\d{0,5}))?$/i;

/** The longest host name: RFC 1035 §2.3.4. */
const MAX_NAME_LENGTH = 253;

/** The addresses of 127.0.0.0/8 and ::1, in the form that the system reports. */
const LOOPBACK_ADDRESS = /^(?:(?:::ffff:)?127(?:\.\d{1,3}){3}|::1)$/;

/** The fields whose verdicts are remembered. */
const MOST_KNOWN = 64;

/**
 * Parses a Host field: RFC 9110 §7.2, RFC 3986 §3.2.2.
 *
 * @returns the host in lower case, without port, brackets and final dot; `undefined` for a
 *   malformed field, and for two fields (Bun: fields-joined)
 * @example parseHost("Example.com.:8000") // "example.com"
 */
export function parseHost(field: string): string | undefined {
  const [, ipv6, name = "", port = ""] = HOST.exec(field) ?? [];
  if (Number(port) > 65535) return undefined;
  if (ipv6 !== undefined) return isIP(ipv6) === 6 ? ipv6.toLowerCase() : undefined;
  const bare = name.toLowerCase().replace(/\.$/, "");
  return bare === "" || bare.length > MAX_NAME_LENGTH ? undefined : bare;
}

/**
 * A name of letters, digits, underscores, hyphens and dots. It has no special meaning in a shell, in
 * HTML or on a terminal, and cannot be taken for an option.
 */
const PLAIN_NAME = /^[a-z\d_](?:[a-z\d._-]*[a-z\d_])?$/;

/**
 * Returns the name in a Host field if it is safe to be shown to people and copied into a command, as
 * the client chooses it; otherwise `undefined`.
 *
 * @example plainHostName("x.ngrok-free.app:443") // "x.ngrok-free.app"
 * @example plainHostName("x;reboot") // undefined
 */
export function plainHostName(field: string): string | undefined {
  const name = parseHost(field);
  return name !== undefined && PLAIN_NAME.test(name) ? name : undefined;
}

/** Returns the text of a 421, which tells the client nothing that it does not know. */
export function misdirectedAdvice(name = "NAME"): string {
  return `This server does not accept this host name. Start it with --allow-host ${name} to accept it.`;
}

/**
 * Decides which Host fields a server accepts.
 *
 * A web site can let its own name resolve to a loopback or a private address. Its pages can then read
 * everything that a server there serves, as their own origin (DNS rebinding). But they cannot choose
 * the Host field, which has their own name. So a server that only this machine can reach accepts only
 * names that nobody else can own, and those it is told.
 */
export class HostPolicy {
  readonly #names: ReadonlySet<string>;
  readonly #isNamed: boolean;
  #isOpen: boolean;
  readonly #verdicts = new FieldMemo((field) => this.#judge(field), MOST_KNOWN);

  constructor({ allowed, own }: HostPolicyOptions) {
    const names = [...allowed, own].map((name) => name.toLowerCase().replace(/\.$/, ""));
    this.#names = new Set(names);
    this.#isNamed = allowed.length > 0;
    this.#isOpen = allowed.includes("*");
  }

  /**
   * Accepts any Host from now on, unless `--allow-host` was given. To be called for a server that other
   * machines can reach, by names that it cannot know. The policy is strict until then, so that no
   * unforeseen address is taken for a public one.
   */
  admitOthers(): void {
    if (!this.#isNamed) this.#isOpen = true;
    this.#verdicts.clear();
  }

  /**
   * Judges the Host field of a request.
   *
   * @param field `undefined` if there is none, as HTTP/1.0 allows (Bun: host-required)
   */
  check(field: string | undefined): HostVerdict {
    return field === undefined ? "ok" : this.#verdicts.get(field);
  }

  #judge(field: string): HostVerdict {
    const name = parseHost(field);
    if (name === undefined) return "malformed";
    const isKnown = this.#isOpen || isOwnName(name) || this.#names.has(name);
    return isKnown ? "ok" : "misdirected";
  }
}

/** Tells whether nobody else can own a host: a name of loopback (RFC 6761 §6.3), or an IP address. */
function isOwnName(name: string): boolean {
  return isLocalhostName(name) || isIP(name) !== 0;
}

/** Tells whether a host is `localhost` or a name below it, which mean this machine (RFC 6761 §6.3). */
export function isLocalhostName(host: string): boolean {
  return /^(?:.+\.)?localhost\.?$/i.test(host);
}

/**
 * Tells whether only this machine can connect to a bound address.
 *
 * @param address in the form that the system reports, not in that of the user: 2130706433, 0x7f.1 and
 *   the machine's own name may all mean 127.0.0.1
 */
export function isLoopbackAddress(address: string): boolean {
  return LOOPBACK_ADDRESS.test(address);
}

/** Tells whether an address to listen on means all addresses of this machine. */
export function isWildcardAddress(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}
