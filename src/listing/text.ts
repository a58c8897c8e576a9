import { visibleText } from "../http/html-escape.ts";
import type { ListingPage } from "./page.ts";

/**
 * Renders a page of a listing as plain text, one name a line, directories with a slash at the end.
 *
 * Control characters are replaced by visible ones, so a name can neither forge a second line nor
 * command a terminal.
 */
export function renderListingText({ rows }: ListingPage): string {
  return rows
    .map(({ name, kind }) => `${visibleText(name)}${kind === "directory" ? "/" : ""}\n`)
    .join("");
}
