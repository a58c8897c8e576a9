import { isIP } from "node:net";

/** What a Host field comes to: `malformed` is answered with 400, `misdirected` with 421. */
export type HostVerdict = "ok" | "malformed" | "misdirected";

/** Whose names a server answers for. */
export interface HostPolicyOptions {
  /** Host names besides localhost and IP addresses; `*` is any. */
  readonly allowed: readonly string[];
  /** Only this machine can connect, so other names are not expected. */
  readonly isLoopback: boolean;
}

/**
 * A name may hold whatever RFC 3986 §3.2.2 allows in a reg-name but the comma, with which Bun joins
 * two Host fields, and escapes, which would give one name two spellings. An IPv6 zone is refused: it
 * means something on the client's machine only.
 */
const HOST = /^(?:\[([\da-f:.]+)\]|([\w.~!$&'()*+;=-]+))(?::(\d{0,5}))?$/i;

/** RFC 1035 §2.3.4. */
const MAX_NAME_LENGTH = 253;

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
 * Decides which Host fields are answered.
 *
 * A web page can have its own name resolved to a loopback or a private address and then read, as
 * its own origin, whatever a server there serves (DNS rebinding). It cannot choose the Host field:
 * that says its own name. So a server that only this machine can reach answers only for names that
 * nobody else can own, and for those it is told.
 */
export class HostPolicy {
  readonly #allowed: ReadonlySet<string>;
  readonly #isOpen: boolean;
  /** The last field and what it came to: nearly every request has the same one. */
  #last: { readonly field: string; readonly verdict: HostVerdict } = {
    field: "",
    verdict: "malformed",
  };

  constructor({ allowed, isLoopback }: HostPolicyOptions) {
    this.#allowed = new Set(allowed.map((name) => name.toLowerCase().replace(/\.$/, "")));
    this.#isOpen = this.#allowed.has("*") || (!isLoopback && allowed.length === 0);
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
    const isKnown = this.#isOpen || isOwnName(name) || this.#allowed.has(name);
    return isKnown ? "ok" : "misdirected";
  }
}

/** Names that resolve to this machine alone (RFC 6761 §6.3), and addresses, which need no resolving. */
function isOwnName(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost") || isIP(name) !== 0;
}
