/** Where a request goes: its path, still percent-encoded, and its query with the question mark or empty. */
export interface Location {
  readonly path: string;
  readonly search: string;
}

const SLASH = 0x2f;

/**
 * Cuts the path and the query out of `request.url`. With a Host field that is missing or no host,
 * Bun leaves the target as it was sent, which may be a path alone.
 *
 * Several slashes at the beginning count as one: nginx makes two of them out of `location /files`
 * with `proxy_pass http://…/`, and everything is to work behind that, too.
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

/**
 * How many `../` lead from an address to the root (RFC 3986 §5.2.4). Repeated slashes count one by
 * one, except those at the beginning, which belong to the root; see `locationOf`.
 *
 * @param path begins with a slash, and has no dot segments
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
 * The relative reference of the directory so many levels up. References that begin with a slash
 * would leave the prefix under which a proxy may show the server.
 *
 * @example upward(2) // "../../"
 * @example upward(0) // "./"
 */
export function upward(levels: number): string {
  return levels === 0 ? "./" : "../".repeat(levels);
}
