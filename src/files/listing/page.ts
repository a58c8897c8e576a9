import { upward } from "../../http/location.ts";
import type { DirectoryEntry, ListingRow } from "../root/directory-entry.ts";
import { parseFilter } from "./filter.ts";
import type { SortKey, SortOrder } from "./order.ts";

/** The formats of a listing that a query can name. */
export type ListingFormat = "html" | "json" | "text";

/** The ways in which a browser shows entries. */
export type ListingView = "list" | "grid";

/** The parsed query of a listing's URL. */
export interface ListingQuery {
  readonly sort: SortKey;
  readonly order: SortOrder;
  /** The query names a sort key or an order. */
  readonly isOrdered: boolean;
  /** The text that the names have in them, as it was typed; `undefined` for all names. */
  readonly filter: string | undefined;
  /** The way in which a browser shows the entries. */
  readonly view: ListingView;
  /** Counted from 1; `undefined` if no page is asked for. */
  readonly page: number | undefined;
  /** `undefined` leaves the choice to the Accept field. */
  readonly format: ListingFormat | undefined;
}

/** The query that leads to a page. */
export interface PageQuery extends Pick<
  ListingQuery,
  "sort" | "order" | "filter" | "view" | "format"
> {
  readonly page: number;
}

/** The part of a query that goes from directory to directory. */
export type TravellingQuery = Pick<ListingQuery, "sort" | "order" | "view">;

/** A page of a directory's listing, with everything that any of its forms shows. */
export interface ListingPage {
  /** The decoded path of the directory; empty at the root. */
  readonly segments: readonly string[];
  /** The number of `../` to the root: more than segments if slashes are repeated. */
  readonly depth: number;
  /** The query of the page that is shown, which may be another than the one asked for. */
  readonly query: PageQuery;
  readonly rows: readonly ListingRow[];
  /** The number of entries that pass the filter, on all pages; likewise the next two. */
  readonly total: number;
  readonly directories: number;
  readonly files: number;
  /** The number of entries in the directory, with those that the filter leaves out. */
  readonly unfiltered: number;
  /** The size of these files together; `undefined` unless every file was measured. */
  readonly totalBytes: number | undefined;
  /** The 0-based index of the first row. */
  readonly start: number;
  readonly pageCount: number;
  /** The README to show below the first page of HTML; other forms have none. */
  readonly readme: Readme | undefined;
}

/** The file that describes a directory, in Markdown. */
export interface Readme {
  readonly name: string;
  /** The HTML that was made of it, which can do nothing. */
  readonly html: string;
}

/** The rows of a page, half-open, with its number and the number of pages. */
export interface PageBounds {
  readonly start: number;
  readonly end: number;
  readonly page: number;
  readonly pageCount: number;
}

/** The rows of a page: more make a browser slow to lay out, and a reader no wiser. */
export const ROWS_PER_PAGE = 1000;

const SORT_KEYS = ["name", "size", "time"] as const satisfies readonly SortKey[];
const SORT_ORDERS = ["asc", "desc"] as const satisfies readonly SortOrder[];
const VIEWS = ["list", "grid"] as const satisfies readonly ListingView[];
const FORMATS = ["html", "json", "text"] as const satisfies readonly ListingFormat[];

/** At most nine digits, so that it is a safe integer. */
const PAGE_NUMBER = /^[1-9][0-9]{0,8}$/;

/**
 * Parses the query of a listing's URL; unknown and malformed values count as absent.
 *
 * @param search with or without its question mark
 * @example parseListingQuery("?sort=size")
 * // { sort: "size", order: "desc", isOrdered: true, filter: undefined, view: "list", page: undefined,
 * //   format: undefined }
 */
export function parseListingQuery(search: string): ListingQuery {
  const parameters = new URLSearchParams(search);
  const sort = findIn(SORT_KEYS, parameters.get("sort"));
  const order = findIn(SORT_ORDERS, parameters.get("order"));
  const page = parameters.get("page") ?? "";
  return {
    sort: sort ?? "name",
    order: order ?? firstOrder(sort ?? "name"),
    isOrdered: sort !== undefined || order !== undefined,
    filter: parseFilter(parameters.get("filter")),
    view: findIn(VIEWS, parameters.get("view")) ?? "list",
    page: PAGE_NUMBER.test(page) ? Number(page) : undefined,
    format: findIn(FORMATS, parameters.get("format")),
  };
}

/** Returns the order to offer first: names from A, but the largest and the latest. */
export function firstOrder(sort: SortKey): SortOrder {
  return sort === "name" ? "asc" : "desc";
}

/** Returns the relative reference of the listing in another order, at another page, and so on. */
export function hrefOfQuery(query: Omit<PageQuery, "format">): string {
  const { page, filter } = query;
  const parameters = new URLSearchParams(travelling(query));
  if (filter !== undefined) parameters.set("filter", filter);
  if (page !== 1) parameters.set("page", String(page));
  return parameters.size === 0 ? "./" : `?${parameters}`;
}

/** Returns the query that a link to another directory has, with its question mark; empty by default. */
export function travellingSearch(query: TravellingQuery): string {
  const parameters = new URLSearchParams(travelling(query));
  return parameters.size === 0 ? "" : `?${parameters}`;
}

/** Returns the parameters that go from directory to directory: those of how, not of what, is shown. */
export function travelling({
  sort,
  order,
  view,
}: TravellingQuery): Readonly<Record<string, string>> {
  const isOrdered = sort !== "name" || order !== "asc";
  return { ...(isOrdered && { sort, order }), ...(view !== "list" && { view }) };
}

/**
 * Formats a Link field (RFC 8288) that leads from a page to the others, in the same order and
 * format.
 *
 * @param query of the page
 * @returns `undefined` if there are no others
 */
export function formatPageLinks(query: PageQuery, pageCount: number): string | undefined {
  if (pageCount === 1) return undefined;
  const { sort, order, filter, page, format } = query;
  const pages = { first: 1, prev: page - 1, next: page + 1, last: pageCount };
  return Object.entries(pages)
    .filter(([, number]) => number >= 1 && number <= pageCount)
    .map(([relation, number]) => {
      const parameters = {
        ...{ sort, order, ...(filter && { filter }), page: String(number) },
        ...(format && { format }),
      };
      return `<?${new URLSearchParams(parameters)}>; rel="${relation}"`;
    })
    .join(", ");
}

/** Finds the rows of a page; a number beyond the last page means the last page. */
export function pageBounds(total: number, page: number): PageBounds {
  const pageCount = Math.max(1, Math.ceil(total / ROWS_PER_PAGE));
  const clamped = Math.min(Math.max(1, page), pageCount);
  const start = (clamped - 1) * ROWS_PER_PAGE;
  return { start, end: Math.min(start + ROWS_PER_PAGE, total), page: clamped, pageCount };
}

/**
 * Returns the relative reference of an entry: one path segment, whatever the name.
 *
 * The leading `./` keeps a colon from making a scheme (RFC 3986 §4.2). Every character that could
 * end the segment, or that has a meaning in HTML, is percent-encoded.
 *
 * @example hrefOf({ name: "a/b?", kind: "directory" }) // "./a%2Fb%3F/"
 */
export function hrefOf({ name, kind }: DirectoryEntry): string {
  return `./${encodeSegment(name)}${kind === "directory" ? "/" : ""}`;
}

/**
 * Returns the relative reference of a directory above a listing, or of the listing itself.
 *
 * @param level the number of segments in its path; 0 is the root
 * @example hrefOfAncestor({ segments: ["a", "b"], depth: 2 }, 1) // "../"
 */
export function hrefOfAncestor(
  { segments, depth }: Pick<ListingPage, "segments" | "depth">,
  level: number,
): string {
  // Steps up hold even if a proxy shows only a part of the tree.
  if (depth === segments.length) return upward(depth - level);
  return segments
    .slice(0, level)
    .reduce((path, segment) => `${path}${encodeSegment(segment)}/`, upward(depth));
}

/** Returns the path of a directory as people read it. */
export function displayPath(segments: readonly string[]): string {
  return segments.reduce((path, segment) => `${path}${segment}/`, "/");
}

/** Encodes a path segment; a lone surrogate, which has no UTF-8, would make `encodeURIComponent` throw. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment.toWellFormed());
}

function findIn<T extends string>(allowed: readonly T[], value: string | null): T | undefined {
  return allowed.find((each) => each === value);
}
