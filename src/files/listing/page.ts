import { upward } from "../../http/location.ts";
import type { DirectoryEntry, ListingRow } from "../root/directory-entry.ts";
import type { SortKey, SortOrder } from "./order.ts";

/** The forms a listing has. */
export type ListingFormat = "html" | "json" | "text";

/** What the query of a listing's URL asks for. */
export interface ListingQuery {
  readonly sort: SortKey;
  readonly order: SortOrder;
  /** It names what to sort by, or the order. */
  readonly isOrdered: boolean;
  /** Counted from 1; `undefined` if it asks for none. */
  readonly page: number | undefined;
  /** `undefined` leaves it to the Accept field. */
  readonly format: ListingFormat | undefined;
}

/** The query that leads to a page. */
export interface PageQuery extends Pick<ListingQuery, "sort" | "order" | "format"> {
  readonly page: number;
}

/** One page of a directory's listing: all that any of its forms shows. */
export interface ListingPage {
  /** The decoded path of the directory; empty at the root. */
  readonly segments: readonly string[];
  /** How many `../` lead from its address to the root: more than segments if slashes are repeated. */
  readonly depth: number;
  /** With the page that is shown, which is not the one asked for where there is no such page. */
  readonly query: PageQuery;
  readonly rows: readonly ListingRow[];
  /** How many entries the directory has, on all pages. */
  readonly total: number;
  readonly directories: number;
  readonly files: number;
  /** Of all files together; `undefined` unless every one was measured. */
  readonly totalBytes: number | undefined;
  /** The 0-based index of the first row. */
  readonly start: number;
  readonly pageCount: number;
  /** Shown below the first page; the other forms have none. */
  readonly readme: Readme | undefined;
}

/** The file that describes a directory, in Markdown. */
export interface Readme {
  readonly name: string;
  readonly markdown: string;
}

/** Which rows a page has, half-open, and which page it is of how many. */
export interface PageBounds {
  readonly start: number;
  readonly end: number;
  readonly page: number;
  readonly pageCount: number;
}

/** More rows make a browser slow to lay out, and a reader no wiser. */
export const ROWS_PER_PAGE = 1000;

const SORT_KEYS = ["name", "size", "time"] as const satisfies readonly SortKey[];
const SORT_ORDERS = ["asc", "desc"] as const satisfies readonly SortOrder[];
const FORMATS = ["html", "json", "text"] as const satisfies readonly ListingFormat[];

/** Nine digits at most, so that it is a safe integer. */
const PAGE_NUMBER = /^[1-9][0-9]{0,8}$/;

/**
 * Reads the query of a listing's URL; what is unknown or malformed counts as absent.
 *
 * @param search with or without its question mark
 * @example parseListingQuery("?sort=size")
 * // { sort: "size", order: "desc", isOrdered: true, page: undefined, format: undefined }
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
    page: PAGE_NUMBER.test(page) ? Number(page) : undefined,
    format: findIn(FORMATS, parameters.get("format")),
  };
}

/** The order that is wanted first: names from A, but the largest and the latest. */
export function firstOrder(sort: SortKey): SortOrder {
  return sort === "name" ? "asc" : "desc";
}

/** The relative reference of the listing in another order or at another page. */
export function hrefOfQuery({ sort, order, page }: Omit<PageQuery, "format">): string {
  if (sort === "name" && order === "asc" && page === 1) return "./";
  const pageParameter = page === 1 ? "" : `&page=${page}`;
  return `?sort=${sort}&order=${order}${pageParameter}`;
}

/**
 * The value of a Link field (RFC 8288) that leads from a page to the others, in the same order and
 * form.
 *
 * @param query of the page
 * @returns `undefined` where there are no others
 */
export function formatPageLinks(query: PageQuery, pageCount: number): string | undefined {
  if (pageCount === 1) return undefined;
  const { sort, order, page, format } = query;
  const pages = { first: 1, prev: page - 1, next: page + 1, last: pageCount };
  return Object.entries(pages)
    .filter(([, number]) => number >= 1 && number <= pageCount)
    .map(([relation, number]) => {
      const parameters = { sort, order, page: String(number), ...(format && { format }) };
      return `<?${new URLSearchParams(parameters)}>; rel="${relation}"`;
    })
    .join(", ");
}

/** Finds the rows of a page; a page beyond the last one is the last one. */
export function pageBounds(total: number, page: number): PageBounds {
  const pageCount = Math.max(1, Math.ceil(total / ROWS_PER_PAGE));
  const clamped = Math.min(Math.max(1, page), pageCount);
  const start = (clamped - 1) * ROWS_PER_PAGE;
  return { start, end: Math.min(start + ROWS_PER_PAGE, total), page: clamped, pageCount };
}

/**
 * The relative reference of an entry: one path segment, whatever the name.
 *
 * The leading `./` keeps a colon from making a scheme (RFC 3986 §4.2); everything that could end
 * the segment is percent-encoded, and so is everything that means something in HTML.
 *
 * @example hrefOf({ name: "a/b?", kind: "directory" }) // "./a%2Fb%3F/"
 */
export function hrefOf({ name, kind }: DirectoryEntry): string {
  return `./${encodeSegment(name)}${kind === "directory" ? "/" : ""}`;
}

/**
 * The relative reference of a directory above a listing, or of the listing itself.
 *
 * @param level how many segments its path has; 0 is the root
 * @example hrefOfAncestor({ segments: ["a", "b"], depth: 2 }, 1) // "../"
 */
export function hrefOfAncestor(
  { segments, depth }: Pick<ListingPage, "segments" | "depth">,
  level: number,
): string {
  // Steps up hold even where a proxy shows only a part of the tree.
  if (depth === segments.length) return upward(depth - level);
  return segments
    .slice(0, level)
    .reduce((path, segment) => `${path}${encodeSegment(segment)}/`, upward(depth));
}

/** The path of a directory as people read it. */
export function displayPath(segments: readonly string[]): string {
  return segments.reduce((path, segment) => `${path}${segment}/`, "/");
}

/** A lone surrogate has no UTF-8, and would make `encodeURIComponent` throw. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment.toWellFormed());
}

function findIn<T extends string>(allowed: readonly T[], value: string | null): T | undefined {
  return allowed.find((each) => each === value);
}
