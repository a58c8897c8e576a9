import { chooseMediaType } from "../http/accept.ts";
import { renderListingHtml } from "../listing/html.ts";
import { renderListingJson } from "../listing/json.ts";
import {
  sortByNameInSlices,
  sortRowsInSlices,
  type DirectoryEntry,
  type ListingRow,
} from "../listing/order.ts";
import {
  pageBounds,
  parseListingQuery,
  type ListingFormat,
  type ListingPage,
  type ListingQuery,
} from "../listing/page.ts";
import type { Sliced } from "../listing/sliced-sort.ts";
import { renderListingText } from "../listing/text.ts";
import type { DocumentRoot } from "./document-root.ts";
import { representText, REVALIDATE, type Representation } from "./representation.ts";

const CONTENT_TYPES = {
  html: "text/html; charset=utf-8",
  json: "application/json",
  text: "text/plain; charset=utf-8",
} as const satisfies Record<ListingFormat, string>;

/** The first is what a client gets that takes anything. */
const OFFERED = ["text/html", "application/json", "text/plain"] as const;
const FORMAT_OF: Readonly<Record<string, ListingFormat>> = {
  "text/html": "html",
  "application/json": "json",
  "text/plain": "text",
};

/** The page needs its own script, style and icon; whatever a file name might smuggle in is inert. */
const FIELDS = {
  ...REVALIDATE,
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "Referrer-Policy": "same-origin",
  // By the path and its query the answer is one of three.
  Vary: "Accept",
} as const;

/** A directory to be listed: where it is, and the address it is listed at. */
export interface ListedDirectory {
  readonly path: string;
  readonly segments: readonly string[];
}

/**
 * Lists a directory as HTML, JSON or plain text: what `?format=` says, else what Accept prefers.
 *
 * @param search the query of the URL: sort, order, page and format
 */
export function* representDirectory(
  root: DocumentRoot,
  directory: ListedDirectory,
  search: string,
  accept: string | undefined,
): Sliced<Representation> {
  const query = parseListingQuery(search);
  const page = yield* readPage(root, directory, query);
  const preferred = chooseMediaType(accept, OFFERED);
  // Nothing acceptable: a listing in a form nobody asked for beats a 406 (RFC 9110 §12.4.1).
  const format = query.format ?? FORMAT_OF[preferred ?? ""] ?? "html";
  return representText(render(page, format), CONTENT_TYPES[format], FIELDS);
}

function render(page: ListingPage, format: ListingFormat): string {
  switch (format) {
    case "html":
      return renderListingHtml(page);
    case "json":
      return renderListingJson(page);
    case "text":
      return renderListingText(page);
    default:
      return format satisfies never;
  }
}

function* readPage(
  root: DocumentRoot,
  { path, segments }: ListedDirectory,
  query: ListingQuery,
): Sliced<ListingPage> {
  const entries = yield* root.list(path);
  const directories = entries.filter(({ kind }) => kind === "directory").length;
  const { start, end, page, pageCount } = pageBounds(entries.length, query.page);
  const rows = yield* readRows(root, path, entries, query, start, end);
  return {
    segments,
    query: { ...query, page },
    rows,
    total: entries.length,
    directories,
    files: entries.length - directories,
    totalBytes: pageCount === 1 ? sumBytes(rows) : undefined,
    start,
    pageCount,
  };
}

/** By name only the rows that are shown have to be measured; by size or time, all of them. */
function* readRows(
  root: DocumentRoot,
  path: string,
  entries: readonly DirectoryEntry[],
  { sort, order }: ListingQuery,
  start: number,
  end: number,
): Sliced<readonly ListingRow[]> {
  if (sort === "name") {
    const sorted = yield* sortByNameInSlices(entries, order);
    return yield* root.measure(path, sorted.slice(start, end));
  }
  const rows = yield* root.measure(path, entries);
  const sorted = yield* sortRowsInSlices(rows, sort, order);
  return sorted.slice(start, end);
}

function sumBytes(rows: readonly ListingRow[]): number {
  return rows.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
}
