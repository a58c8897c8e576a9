/**
 * The path of a request target, taken apart. `malformed` is no URL path at all (400); `unservable`
 * is one that could only name something that is never served (404).
 */
export type Target =
  | {
      readonly kind: "target";
      /** Decoded, none empty; the root has none. */
      readonly segments: readonly string[];
      /** The path ends in a slash, so it means a directory and nothing else. */
      readonly isDirectory: boolean;
    }
  | { readonly kind: "malformed" }
  | { readonly kind: "unservable" };

const MALFORMED: Target = { kind: "malformed" };
const UNSERVABLE: Target = { kind: "unservable" };

/**
 * Splits and decodes the path of a request target, once (RFC 3986 §2.4: decoding twice would turn
 * `%252e` into a dot segment).
 *
 * Bun has removed dot segments only where the Host field is a valid one, so they are refused here
 * whatever their encoding. Repeated slashes count as one: a redirect is built from the segments
 * alone and so can never begin with `//` and name another host.
 *
 * @param path begins with a slash, still percent-encoded, without query
 * @example parseTarget("/a%20b/") // { kind: "target", segments: ["a b"], isDirectory: true }
 */
export function parseTarget(path: string): Target {
  if (!path.startsWith("/")) return MALFORMED;
  const segments: string[] = [];
  for (const encoded of path.split("/")) {
    if (encoded === "") continue;
    const segment = decodeSegment(encoded);
    if (segment === undefined || segment.includes("\0")) return MALFORMED;
    if (!isServableName(segment)) return UNSERVABLE;
    segments.push(segment);
  }
  return { kind: "target", segments, isDirectory: path.endsWith("/") };
}

/** `undefined` for a `%` without two hex digits and for bytes that are no UTF-8, overlong forms included. */
function decodeSegment(encoded: string): string | undefined {
  if (!encoded.includes("%")) return encoded;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined; // its only error is URIError, and that is the answer
  }
}

/**
 * To Windows these name something else: a stream of a file, a file without the dots and spaces at the
 * end, and what has a short name, such as `GIT~1` for `.git`.
 */
const WINDOWS_ALIAS = /:|[. ]$|~\d/;

/**
 * Whether a URL can name a file called this. A listing leaves the others out, so every link in it
 * works.
 *
 * A backslash separates directories on Windows and in the mind of many a client, and a name with
 * a lone surrogate stands for bytes that are no UTF-8: neither comes back as it was sent.
 */
export function isServableName(name: string, platform: string = process.platform): boolean {
  if (name === "" || name === "." || name === "..") return false;
  if (/[/\\\0]/.test(name) || !name.isWellFormed()) return false;
  return platform !== "win32" || !WINDOWS_ALIAS.test(name);
}

/** Whether the name, or any of the segments, is that of a dotfile. */
export function isHidden(name: string): boolean {
  return name.startsWith(".");
}

/**
 * Whether a path is that of `/.well-known/`, or below it, where clients look for what a site says
 * about itself (RFC 8615 §3). Only at the root: deeper, it is a dotfile like any other.
 */
export function isWellKnown(segments: readonly string[]): boolean {
  return segments[0] === ".well-known";
}
