import type { ListingRow } from "../root/directory-entry.ts";
import { displayPath, hrefOf, type ListingPage } from "./page.ts";
import { formatIsoTime } from "./time.ts";
import type { WholeParts } from "./whole-parts.ts";

/**
 * Writes a listing as JSON bit by bit. The counts come after the entries, as they are known only
 * then; `sort` and `order` are `null` if the entries are in the order of the directory.
 */
export const JSON_PARTS: WholeParts = {
  head({ segments, ordered, filter }) {
    const { sort, order } = ordered ?? { sort: null, order: null };
    const path = displayPath(segments);
    const known = { path, sort, order, ...(filter && { filter }), page: 1, pages: 1 };
    return `${JSON.stringify(known).slice(0, -1)},"entries":[`;
  },
  rows(rows, before) {
    const entries = rows.map((row) => JSON.stringify(toJsonEntry(row))).join(",");
    return before > 0 && rows.length > 0 ? `,${entries}` : entries;
  },
  foot({ directories, files }) {
    const counts = { total: directories + files, directories, files };
    return `],${JSON.stringify(counts).slice(1)}\n`;
  },
};

/**
 * Renders a page of a listing, or all of it, as JSON, of this shape, which only ever gains fields:
 *
 * ```json
 * {"path":"/a/","sort":"name","order":"asc","page":1,"pages":1,"total":2,"directories":1,"files":1,
 *  "entries":[
 *   {"name":"b","type":"directory","size":null,"modified":"2026-01-02T03:04:05.678Z","href":"./b/"},
 *   {"name":"c","type":"file","size":12,"modified":"2026-01-02T03:04:05.678Z","href":"./c"}]}
 * ```
 *
 * With `?filter=` it has a field `filter` after the order, and the counts are of the entries that match.
 * Path and names are decoded, sizes are in bytes, hrefs are relative to the listing. Every entry
 * has every field; `null` is the size of a directory, and any fact that could not be read.
 */
export function renderListingJson(page: ListingPage): string {
  const { segments, query, total, directories, files, rows, pageCount } = page;
  const listing = {
    path: displayPath(segments),
    sort: query.sort,
    order: query.order,
    ...(query.filter && { filter: query.filter }),
    page: query.page,
    pages: pageCount,
    total,
    directories,
    files,
    entries: rows.map(toJsonEntry),
  };
  return `${JSON.stringify(listing)}\n`;
}

function toJsonEntry(row: ListingRow) {
  return {
    name: row.name,
    type: row.kind,
    size: row.bytes ?? null,
    modified: formatIsoTime(row.modifiedMs) ?? null,
    href: hrefOf(row),
  };
}
