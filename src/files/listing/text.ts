import { visibleText } from "../../http/html-escape.ts";
import type { ListingRow } from "../root/directory-entry.ts";
import type { ListingPage } from "./page.ts";
import type { WholeParts } from "./whole-parts.ts";

/** Writes a listing as plain text: its names, and nothing before or after them. */
export const TEXT_PARTS: WholeParts = {
  head: () => "",
  rows: (rows) => rows.map(renderRow).join(""),
  foot: () => "",
};

/**
 * Renders a page of a listing, or all of it, as plain text: one name a line, directories with a
 * slash at the end.
 *
 * Control characters are replaced by visible ones, so a name can neither forge a second line nor
 * command a terminal.
 */
export function renderListingText({ rows }: ListingPage): string {
  return rows.map(renderRow).join("");
}

function renderRow({ name, kind }: ListingRow): string {
  return `${visibleText(name)}${kind === "directory" ? "/" : ""}\n`;
}
