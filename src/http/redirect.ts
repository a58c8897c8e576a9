/**
 * Redirects for good to a relative reference, which holds for every name, scheme and prefix by which the
 * client knows us.
 *
 * @param reference without a query. Its first segment is neither empty nor has a slash or a colon that
 *   is not escaped, so it can name no other host (RFC 3986 §4.2)
 * @param search the query with its question mark, or empty
 */
export function redirectTo(reference: string, search: string): Response {
  return new Response(null, {
    status: 301,
    headers: { Location: `${reference}${encodeSearch(search)}`, "Cache-Control": "no-cache" },
  });
}

/** Encodes a query as Bun does (Bun: target-normalised) if Host is valid (Bun: target-raw). */
function encodeSearch(search: string): string {
  return search.replace(/[^\x21-\x7e]+/g, (characters) =>
    encodeURIComponent(characters.toWellFormed()),
  );
}
