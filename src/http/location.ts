/** Where a request goes: its path as it was sent, and its query with the question mark or empty. */
export interface Location {
  readonly path: string;
  readonly search: string;
}

/**
 * Cuts the path and the query out of `request.url`. With a Host field that is missing or no host,
 * Bun leaves the target as it was sent, which may be a path alone.
 */
export function locationOf(url: string): Location {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("//") + 2);
  const fragment = url.indexOf("#");
  const end = fragment === -1 ? url.length : fragment;
  const query = url.indexOf("?");
  if (query === -1 || query > end) return { path: url.slice(start, end), search: "" };
  return { path: url.slice(start, query), search: url.slice(query, end) };
}
