import { chooseMediaType } from "../../http/accept.ts";
import { parseQualityList } from "../../http/quality.ts";
import { parseListingQuery, type ListingFormat, type ListingQuery } from "./page.ts";

/** The form of a listing: `page` is HTML for browsers, `plain` is HTML for programs. */
export type ListingForm = "page" | "plain" | "json" | "text";

/** The listing of a directory that a request gets. */
export interface ListingChoice {
  readonly query: ListingQuery;
  readonly form: ListingForm;
  /** The whole directory, not a page of it. */
  readonly isWhole: boolean;
  readonly isForBrowser: boolean;
}

const BROWSER_TYPES: readonly string[] = ["text/html", "application/xhtml+xml"];

/** The media types, first the one for clients that accept anything. */
const OFFERED = ["text/html", "application/json", "text/plain"] as const;
const FORMAT_OF: Readonly<Record<string, ListingFormat>> = {
  "text/html": "html",
  "application/json": "json",
  "text/plain": "text",
};

/**
 * Chooses the listing for a request. A browser gets a page of HTML. A program gets the whole
 * directory, as it takes a listing for complete: `rclone sync` deletes files that are missing from
 * it. `?format=` takes precedence over Accept, and `?page=` asks for a page in either case.
 *
 * @param search the query of the URL, with or without its question mark
 * @param accept the Accept field
 */
export function chooseListing(search: string, accept: string | undefined): ListingChoice {
  const query = parseListingQuery(search);
  const isForBrowser = isBrowser(accept);
  const format = query.format ?? (isForBrowser ? "html" : preferredFormat(accept));
  const form = format === "html" ? (isForBrowser ? "page" : "plain") : format;
  return { query, form, isWhole: query.page === undefined && form !== "page", isForBrowser };
}

/** Tells whether a client names HTML and likes nothing better; a wildcard is not a name. */
function isBrowser(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const ranges = parseQualityList(accept);
  const highest = ranges.reduce((most, { quality }) => Math.max(most, quality), 0);
  return (
    highest > 0 &&
    ranges.some(({ value, quality }) => quality === highest && BROWSER_TYPES.includes(value))
  );
}

/**
 * Returns the format that a program prefers; among equals, one that it names comes before one that
 * a wildcard includes. If nothing is acceptable, a listing that nobody asked for beats a 406 (RFC
 * 9110 §12.4.1).
 */
function preferredFormat(accept: string | undefined): ListingFormat {
  if (accept === undefined) return "html";
  const named = new Set(parseQualityList(accept).map(({ value }) => value));
  const offered = [...OFFERED.filter((type) => named.has(type)), ...OFFERED];
  return FORMAT_OF[chooseMediaType(accept, offered) ?? ""] ?? "html";
}
