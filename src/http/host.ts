import { isIP } from "node:net";

/** What a Host field comes to: `malformed` is answered with 400, `misdirected` with 421. */
export type HostVerdict = "ok" | "malformed" | "misdirected";

/** Whose names a server answers for. */
export interface HostPolicyOptions {
  /** Host names besides localhost and IP addresses; `*` is any. */
  readonly allowed: readonly string[];
  /** The host it was told to listen on, which may be a name of this machine. */
  readonly own: string;
}

/**
 * A name may hold whatever RFC 3986 §3.2.2 allows in a reg-name but the comma, with which Bun joins
 * two Host fields, and escapes, which would give one name two spellings. An IPv6 zone is refused: it
 * means something on the client's machine only.
 */
const HOST = /^(?:\[([\da-f:.]+)\]|([\w.~!$&'()*+;=-]+))(?::(\d{0,5}))?$/i;

/** RFC 1035 §2.3.4. */
const MAX_NAME_LENGTH = 253;

/** The addresses of 127.0.0.0/8 and ::1, in the one form that the system reports them in. */
const LOOPBACK_ADDRESS = /^(?:(?:::ffff:)?127(?:\.\d{1,3}){3}|::1)$/;

const NO_FIELD = { field: "", verdict: "malformed" } as const;

/**
 * Parses a Host field: RFC 9110 §7.2, RFC 3986 §3.2.2.
 *
 * @returns the name in lower case, without port, brackets and final dot; `undefined` for what is
 *   no host, also for two of them, which Bun joins with a comma
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
 * Letters, digits, hyphens and dots, as names are made of. Nothing in it means anything to a shell, to
 * HTML or to a terminal, and it begins no option.
 */
const PLAIN_NAME = /^[a-z\d_](?:[a-z\d._-]*[a-z\d_])?$/;

/**
 * The name in a Host field, if it can be shown to people and copied into a command as it is: whoever
 * sends the field chooses it.
 *
 * @example plainHostName("x.ngrok-free.app:443") // "x.ngrok-free.app"
 * @example plainHostName("x;reboot") // undefined
 */
export function plainHostName(field: string): string | undefined {
  const name = parseHost(field);
  return name !== undefined && PLAIN_NAME.test(name) ? name : undefined;
}

/** What the answer to a request for another host name says: nothing that its sender does not know. */
export function misdirectedAdvice(name = "NAME"): string {
  return `This server does not answer for that host name. Start it with --allow-host ${name} to serve it under this name.`;
}

/**
 * Decides which Host fields are answered.
 *
 * A web page can have its own name resolved to a loopback or a private address and then read, as
 * its own origin, whatever a server there serves (DNS rebinding). It cannot choose the Host field:
 * that says its own name. So a server that only this machine can reach answers only for names that
 * nobody else can own, and for those it is told.
 */
export class HostPolicy {
  readonly #known: ReadonlySet<string>;
  readonly #isNamed: boolean;
  #isOpen: boolean;
  /** The last field and what it came to: nearly every request has the same one. */
  #last: { readonly field: string; readonly verdict: HostVerdict } = NO_FIELD;

  constructor({ allowed, own }: HostPolicyOptions) {
    const names = [...allowed, own].map((name) => name.toLowerCase().replace(/\.$/, ""));
    this.#known = new Set(names);
    this.#isNamed = allowed.length > 0;
    this.#isOpen = allowed.includes("*");
  }

  /**
   * Answers for every name from now on, unless some were given: for a server that others can reach,
   * by names that it cannot know. Until it is called the policy is strict, so that an address of
   * which nobody thought is never taken for a public one.
   */
  admitOthers(): void {
    if (!this.#isNamed) this.#isOpen = true;
    this.#last = NO_FIELD;
  }

  /** @param field `null` where there is none: Bun 1.4.5 lets only HTTP/1.0 through without one */
  check(field: string | null): HostVerdict {
    if (field === null) return "ok";
    if (field !== this.#last.field) this.#last = { field, verdict: this.#judge(field) };
    return this.#last.verdict;
  }

  #judge(field: string): HostVerdict {
    const name = parseHost(field);
    if (name === undefined) return "malformed";
    const isKnown = this.#isOpen || isOwnName(name) || this.#known.has(name);
    return isKnown ? "ok" : "misdirected";
  }
}

/** Names that resolve to this machine alone (RFC 6761 §6.3), and addresses, which need no resolving. */
function isOwnName(name: string): boolean {
  return isLocalhostName(name) || isIP(name) !== 0;
}

/** `localhost` and the names below it, which are this machine wherever they are asked (RFC 6761 §6.3). */
export function isLocalhostName(host: string): boolean {
  return /^(?:.+\.)?localhost\.?$/i.test(host);
}

/**
 * Whether only this machine can connect to an address that was bound.
 *
 * @param address as the system reports it, not as somebody wrote it: 2130706433, 0x7f.1 and the
 *   machine's own name may all be 127.0.0.1
 */
export function isLoopbackAddress(address: string): boolean {
  return LOOPBACK_ADDRESS.test(address);
}

/** Whether an address to listen on stands for all addresses of this machine. */
export function isWildcardAddress(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}
