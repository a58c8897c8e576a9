import { escapeHtml, visibleText } from "../../http/html-escape.ts";
import { MAX_FILTER_LENGTH } from "./filter.ts";
import {
  displayPath,
  hrefOfAncestor,
  hrefOfQuery,
  travelling,
  travellingSearch,
  type ListingPage,
  type PageQuery,
} from "./page.ts";
import { formatCount, formatSize } from "./size.ts";

const SLASH = '<span class="slash">/</span>';

/**
 * Renders the way from the root in one line, which is cut in its middle: the directories between the
 * root and this one have an element of their own.
 */
export function renderBreadcrumbs(page: ListingPage): string {
  const { segments } = page;
  const search = escapeHtml(travellingSearch(page.query));
  const links = ["Index", ...segments.slice(0, -1)].map(
    (name, level) =>
      `<a href="${hrefOfAncestor(page, level)}${search}"><bdi>${renderName(name)}</bdi></a>`,
  );
  const here = `<span aria-current="page"><bdi>${renderName(segments.at(-1) ?? "Index")}</bdi></span>`;
  const [root, ...between] = segments.length === 0 ? [] : links;
  const middle =
    between.length === 0 ? "" : `<span class="between"><bdi>${between.join(SLASH)}</bdi></span>`;
  const crumbs = [root, middle, here].filter(Boolean).join(SLASH);
  return `<nav aria-label="Breadcrumbs"><h1 title="${renderName(displayPath(segments))}">${crumbs}</h1></nav>`;
}

/** Renders the filter as a form, which the server answers; the script filters while one types. */
export function renderSearch(query: PageQuery): string {
  const kept = Object.entries(travelling(query)).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
  );
  const value = query.filter === undefined ? "" : ` value="${escapeHtml(query.filter)}"`;
  return `<search><form action="./">${kept.join("")}
<input id="filter" name="filter" type="search" placeholder="Filter" aria-label="Filter the names"${value} maxlength="${MAX_FILTER_LENGTH}" autocapitalize="off" spellcheck="false">
</form></search>`;
}

/**
 * Renders what is in the directory, and what can be done with all of it.
 *
 * @param offersGrid offer to show the pictures
 */
export function renderSummary(page: ListingPage, offersGrid: boolean): string {
  const { query, total, unfiltered, readme } = page;
  const download = `<a class="download" href="?archive=tar.gz" rel="nofollow">Download<span> .tar.gz</span></a>`;
  const all = escapeHtml(hrefOfQuery({ ...query, filter: undefined, page: 1 }));
  const counts =
    query.filter === undefined
      ? `<span class="counts">${renderCounts(page)}</span>`
      : `<span class="counts">${formatMatches(total, unfiltered)}</span> <a id="all" href="${all}">Show all</a>`;
  return `<p class="summary"><output id="matches" for="filter"></output>${counts}${readme === undefined ? "" : ' <a href="#readme">Read me</a>'}
<span class="ways">${renderView(query, offersGrid)}${unfiltered === 0 ? "" : download}</span></p>`;
}

/** Renders the way to the other view, or nothing where that would show nothing new. */
function renderView(query: PageQuery, offersGrid: boolean): string {
  if (query.view === "list" && !offersGrid) return "";
  const other = query.view === "list" ? "grid" : "list";
  const href = escapeHtml(hrefOfQuery({ ...query, view: other }));
  return `<a class="view" href="${href}">${other === "grid" ? "Grid" : "List"}</a> `;
}

/** Writes how many names match, as the script does (`public/index/filter.js`). */
function formatMatches(count: number, total: number): string {
  if (count === 0) return `No match of ${formatCount(total)}`;
  return `${formatCount(count)} of ${formatCount(total)} ${count === 1 ? "matches" : "match"}`;
}

function renderCounts({ directories, files, totalBytes }: ListingPage): string {
  const parts = [
    directories === 0 ? undefined : formatQuantity(directories, "directory", "directories"),
    formatQuantity(files, "file", "files"),
    totalBytes === undefined || files === 0 ? undefined : formatSize(totalBytes),
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}

function formatQuantity(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Renders a name as text that can be seen and is no markup. */
export function renderName(name: string): string {
  return escapeHtml(visibleText(name));
}
