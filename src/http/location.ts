/** The path of a request, percent-encoded, and its query with the question mark, or an empty one. */
export interface Location {
  readonly path: string;
  readonly search: string;
}

const SLASH = 0x2f;

/**
 * Cuts the path and the query out of `request.url`, and drops a fragment (Bun: fragment-kept). If
 * the Host field is missing or malformed, Bun leaves the target as it was sent, so the URL may be a
 * path alone (Bun: target-raw).
 *
 * Several slashes at the beginning count as one: nginx with `location /files` and `proxy_pass
 * http://…/` sends two, and the server has to work behind it.
 *
 * @example locationOf("http://localhost//a/b?c") // { path: "/a/b", search: "?c" }
 */
export function locationOf(url: string): Location {
  let start = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("//") + 2);
  while (url.charCodeAt(start + 1) === SLASH) start++;
  const fragment = url.indexOf("#");
  const end = fragment === -1 ? url.length : fragment;
  const query = url.indexOf("?");
  if (query === -1 || query > end) return { path: url.slice(start, end), search: "" };
  return { path: url.slice(start, query), search: url.slice(query, end) };
}

const ENCODED_SLASH = /%2f/i;

/**
 * Returns a path in the spelling that our own addresses have: decoded, and without a slash at the end.
 * An encoded slash is a character of a name and no separator, so a path that has one stays as it is;
 * a path that cannot be decoded does too.
 *
 * @example plainPath("/%77ebsocket/") // "/websocket"
 */
export function plainPath(path: string): string {
  const last = path.length - 1;
  const isSlashed = last > 0 && path.charCodeAt(last) === SLASH;
  if (!path.includes("%")) return isSlashed ? path.slice(0, last) : path;
  if (ENCODED_SLASH.test(path)) return path;
  try {
    return decodeURIComponent(isSlashed ? path.slice(0, last) : path);
  } catch {
    return path; // its only error is URIError: a stray % or no UTF-8
  }
}

/**
 * Returns the number of `../` that lead from a path to the root (RFC 3986 §5.2.4). Each repeated slash
 * counts, except those at the beginning, which belong to the root; see `locationOf`.
 *
 * @param path with a slash at the beginning, and without dot segments
 * @example depthOf("/a//b") // 2
 */
export function depthOf(path: string): number {
  let start = 1;
  while (path.charCodeAt(start) === SLASH) start++;
  let depth = 0;
  for (let at = path.indexOf("/", start); at !== -1; at = path.indexOf("/", at + 1)) depth++;
  return depth;
}

/**
 * Returns the relative reference of the directory so many levels up. A reference that begins with a
 * slash would leave the prefix under which a proxy may serve us.
 *
 * @example upward(2) // "../../"
 * @example upward(0) // "./"
 */
export function upward(levels: number): string {
  return levels === 0 ? "./" : "../".repeat(levels);
}
