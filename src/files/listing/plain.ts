import { escapeHtml, visibleText } from "../../http/html-escape.ts";
import type { ListingRow } from "../root/directory-entry.ts";
import { displayPath, hrefOf, type ListingPage } from "./page.ts";
import { formatListTime } from "./time.ts";
import type { WholeParts } from "./whole-parts.ts";

/**
 * Writes a listing as HTML for programs: one link for each entry, and no other; then its time in
 * UTC and its size in bytes, in the form of nginx, which lftp and similar programs read.
 *
 * The columns are not aligned, to save bytes: the next request of a client that pipelines cuts off
 * all that did not fit into the socket's buffer (Bun: pipelining-closes).
 */
export const PLAIN_PARTS: WholeParts = {
  head({ segments }) {
    const title = escapeHtml(visibleText(`Index of ${displayPath(segments)}`));
    return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><pre>
`;
  },
  rows: (rows) => rows.map(renderRow).join(""),
  foot: () => "</pre></body></html>\n",
};

/** Renders a page of a listing, or all of it, as HTML for programs. */
export function renderListingPlain({ segments, rows, directories, files }: ListingPage): string {
  const { head, foot } = PLAIN_PARTS;
  const unsaid = { ordered: undefined, filter: undefined }; // it does not say how it was asked for
  return (
    head({ segments, ...unsaid }) + rows.map(renderRow).join("") + foot({ directories, files })
  );
}

function renderRow(row: ListingRow): string {
  const isDirectory = row.kind === "directory";
  const name = escapeHtml(visibleText(row.name)) + (isDirectory ? "/" : "");
  const time = formatListTime(row.modifiedMs) ?? "-";
  const size = isDirectory ? "-" : (row.bytes ?? "-");
  return `<a href="${linkOf(row)}">${name}</a> ${time} ${size}\n`;
}

/** Returns the link as nginx writes it, without `./`: colons are encoded, so none is a scheme. */
function linkOf(row: ListingRow): string {
  return hrefOf(row).slice("./".length);
}
