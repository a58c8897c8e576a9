import type { ListingRow } from "../../../src/files/root/directory-entry.ts";
import {
  pageBounds,
  type ListingPage,
  type ListingQuery,
} from "../../../src/files/listing/page.ts";

export const MODIFIED_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/** A measured file, or a directory if the name ends in a slash, which no name does. */
export function makeRow(
  name: string,
  bytes = 12,
  modifiedMs: number | undefined = MODIFIED_MS,
): ListingRow {
  return name.endsWith("/")
    ? { name: name.slice(0, -1), kind: "directory", bytes: undefined, modifiedMs }
    : { name, kind: "file", bytes, modifiedMs };
}

/** The page of a listing that has these rows in all, in the order they are in. */
export function makePage(
  rows: readonly ListingRow[],
  segments: readonly string[] = [],
  query: Partial<ListingQuery> = {},
): ListingPage {
  const { start, end, page, pageCount } = pageBounds(rows.length, query.page ?? 1);
  const directories = rows.filter(({ kind }) => kind === "directory").length;
  return {
    segments,
    depth: segments.length,
    query: {
      ...{ sort: "name", order: "asc", filter: undefined, view: "list", format: undefined },
      ...query,
      page,
    },
    rows: rows.slice(start, end),
    total: rows.length,
    directories,
    files: rows.length - directories,
    unfiltered: rows.length,
    totalBytes:
      pageCount === 1 ? rows.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0) : undefined,
    start,
    pageCount,
    readme: undefined,
  };
}
