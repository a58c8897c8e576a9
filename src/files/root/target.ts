/**
 * The parsed path of a request target. `malformed` is not a URL path (400); `unservable` could only
 * name something that is never served (404).
 */
export type Target =
  ServableTarget | { readonly kind: "malformed" } | { readonly kind: "unservable" };

/** A path that may name something that is served. */
export interface ServableTarget {
  readonly kind: "target";
  /** The decoded segments, none of them empty; the root has none. */
  readonly segments: readonly string[];
  /** The path ends in a slash, so it can only mean a directory. */
  readonly isDirectory: boolean;
}

const MALFORMED: Target = { kind: "malformed" };
const UNSERVABLE: Target = { kind: "unservable" };

/**
 * Splits and decodes the path of a request target, once (RFC 3986 §2.4: decoding twice would turn
 * `%252e` into a dot segment).
 *
 * Dot segments are refused in any encoding, as Bun leaves them in if the Host field is missing or
 * malformed (Bun: target-raw). Repeated slashes count as one: a redirect is built from the segments
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

/**
 * Returns the key that all spellings of a target share, such as `/%62ig.txt` and `//big.txt`. It is the
 * plain spelling, and no spelling of another target.
 *
 * @example keyOf({ segments: ["big.txt"], isDirectory: false }) // "/big.txt"
 */
export function keyOf({
  segments,
  isDirectory,
}: Pick<ServableTarget, "segments" | "isDirectory">): string {
  const path = `/${segments.join("/")}${isDirectory && segments.length > 0 ? "/" : ""}`;
  // The path `/a%62` names the file `ab`; a file that is called `a%62` has the path `/a%2562`.
  return path.includes("%") ? `decoded ${path}` : path;
}

/** Decodes a segment; `undefined` for a bad `%` and for bad UTF-8, overlong forms included. */
function decodeSegment(encoded: string): string | undefined {
  if (!encoded.includes("%")) return encoded;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined; // its only error is URIError, and that is the answer
  }
}

/**
 * Names that mean another file on Windows: a stream of a file, a file without the dots and spaces
 * at the end, and a file with a short name, such as `GIT~1` for `.git`.
 */
const WINDOWS_ALIAS = /:|[. ]$|~\d/;

/**
 * Tells whether a URL can name a file of this name. A listing leaves other names out, so that every
 * link in it works.
 *
 * A backslash separates directories on Windows and for many clients, and a lone surrogate stands
 * for bytes that are not UTF-8: neither comes back as it was sent.
 */
export function isServableName(name: string, platform: string = process.platform): boolean {
  if (name === "" || name === "." || name === "..") return false;
  if (/[/\\\0]/.test(name) || !name.isWellFormed()) return false;
  return platform !== "win32" || !WINDOWS_ALIAS.test(name);
}

/** Tells whether a name is that of a dotfile. */
export function isHidden(name: string): boolean {
  return name.startsWith(".");
}

/**
 * Tells whether a path is that of `/.well-known/`, or below it, where clients look for facts about
 * a site (RFC 8615 §3). Deeper in a root, a directory of this name is a dotfile like any other.
 */
export function isWellKnown(segments: readonly string[]): boolean {
  return segments[0] === ".well-known";
}
