import { cutName, widthOf } from "./cut-name.ts";
import { escapeHtml } from "../../http/html-escape.ts";
import { upward } from "../../http/location.ts";
import { renderBreadcrumbs, renderName, renderSearch, renderSummary } from "./html-header.ts";
import { hasManyPictures, renderGridHead, renderPicture, VIEWER } from "./html-grid.ts";
import { iconOf } from "./icons.ts";
import type { ListingRow } from "../root/directory-entry.ts";
import type { SortKey, SortOrder } from "./order.ts";
import {
  displayPath,
  firstOrder,
  hrefOf,
  hrefOfAncestor,
  hrefOfQuery,
  travellingSearch,
  type ListingPage,
  type PageQuery,
  type Readme,
} from "./page.ts";
import { formatCount, formatSize } from "./size.ts";
import { formatLocalTime } from "./time.ts";

const COLUMNS = [
  { sort: "name", title: "Name" },
  { sort: "size", title: "Size" },
  { sort: "time", title: "Modified" },
] as const satisfies readonly { readonly sort: SortKey; readonly title: string }[];

/** The modules of `public/index/` that `main.js` imports, itself or by way of others. */
const PRELOADED_MODULES = ["filter", "fold", "help", "keys", "make", "page", "times", "trail"];

const ARIA_SORT = { asc: "ascending", desc: "descending" } as const satisfies Record<
  SortOrder,
  string
>;

/** The widest names, in characters, that the widths of the page have room for; see `table.css`. */
const NARROW_NAMES = 46;
const MEDIUM_NAMES = 68;
const BROAD_NAMES = 90;

/**
 * Renders a page of a listing as HTML. It works without its script, loads nothing but its own
 * style, script and icon, and has no inline style, script or handler, so that a policy can forbid
 * them.
 *
 * Every name passes `escapeHtml(visibleText(…))`; every address is made by `page.ts`, and its only
 * character with a meaning in HTML is the `&` of a query.
 */
export function renderListingHtml(page: ListingPage): string {
  const root = upward(page.depth);
  return `${renderHead(page)}
<body>
<header>
${renderBreadcrumbs(page)}
${renderSearch(page.query)}
</header>
<main${renderWidth(page)}>
${renderSummary(page, hasManyPictures(page.rows))}
${renderPager(page, "Pages")}${renderTable(page)}
${renderPager(page, "Pages, again")}${page.readme === undefined ? "" : renderReadme(page.readme)}</main>
<footer>
<a href="${root}test.html">WebSocket test page</a>
<a href="${root}rest">REST</a>
<button id="help" type="button" hidden>Keys <kbd>?</kbd></button>
</footer>
${isGrid(page) ? VIEWER : ""}</body>
</html>
`;
}

function isGrid({ query }: ListingPage): boolean {
  return query.view === "grid";
}

function renderHead(page: ListingPage): string {
  const root = upward(page.depth);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Index of ${renderName(displayPath(page.segments))}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${root}favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${root}.meerkat/index.css">
${renderScripts(`${root}.meerkat/index/`)}${isGrid(page) ? `\n${renderGridHead(root)}` : ""}
</head>`;
}

/** Has all modules fetched at once: a browser would find them only as it reads those that import them. */
function renderScripts(path: string): string {
  const preloads = PRELOADED_MODULES.map(
    (name) => `<link rel="modulepreload" href="${path}${name}.js">`,
  );
  return [...preloads, `<script type="module" src="${path}main.js"></script>`].join("\n");
}

/** Renders the width of the page: what its names need, so that the eye has no desert to cross. */
function renderWidth(page: ListingPage): string {
  const { rows, readme } = page;
  const widest = rows.reduce((most, { name }) => Math.max(most, widthOf(name)), 0);
  if (widest > BROAD_NAMES || isGrid(page)) return ' class="wide"';
  if (widest > MEDIUM_NAMES) return ' class="broad"';
  return widest <= NARROW_NAMES && readme === undefined ? ' class="narrow"' : "";
}

function renderTable(page: ListingPage): string {
  const search = escapeHtml(travellingSearch(page.query));
  const renderEntry = isGrid(page) ? renderTile : renderLink;
  const heads = COLUMNS.map(({ sort, title }) => renderColumnHead(page.query, sort, title));
  return `<table class="files${isGrid(page) ? " grid" : ""}${page.total === 0 ? " bare" : ""}">
<thead><tr>${heads.join("")}</tr></thead>
${renderParent(page)}<tbody id="rows">
${page.rows.map((row) => renderRow(row, search, renderEntry)).join("")}</tbody>
</table>${page.total === 0 ? `\n${renderEmptiness(page.query)}` : ""}`;
}

function renderEmptiness({ filter }: PageQuery): string {
  const text = filter === undefined ? "This directory is empty." : "No name has this text in it.";
  return `<p class="empty">${text}</p>`;
}

/** Renders a link that sorts by this column, or reverses the order if it does already. */
function renderColumnHead(query: PageQuery, sort: SortKey, title: string): string {
  const isSorted = query.sort === sort;
  const order = isSorted ? opposite(query.order) : firstOrder(sort);
  const href = escapeHtml(hrefOfQuery({ ...query, sort, order, page: 1 }));
  const state = isSorted ? ` aria-sort="${ARIA_SORT[query.order]}"` : "";
  return `<th scope="col"${state}><a href="${href}">${title}</a></th>`;
}

function opposite(order: SortOrder): SortOrder {
  return order === "asc" ? "desc" : "asc";
}

/** Renders the row of the parent, in a body of its own, as it is neither filtered nor counted. */
function renderParent(page: ListingPage): string {
  const { length } = page.segments;
  if (length === 0) return "";
  const href = hrefOfAncestor(page, length - 1) + escapeHtml(travellingSearch(page.query));
  return `<tbody><tr><td colspan="3"><a id="up" href="${href}" rel="up" class="directory" aria-label="Parent directory">..</a></td></tr></tbody>
`;
}

/**
 * Renders a row; a page has a thousand, so it spends no byte that says nothing, and few elements.
 *
 * @param search the query that a link to another directory has
 * @param renderEntry renders the link of the entry
 */
function renderRow(row: ListingRow, search: string, renderEntry: typeof renderLink): string {
  return `<tr><td>${renderEntry(row, search)}</td>${renderSize(row.bytes)}<td>${renderTime(row.modifiedMs)}</td></tr>
`;
}

/** Renders the link of an entry. A name that may be cut is in two parts, and whole in its title. */
function renderLink(row: ListingRow, search: string): string {
  const isDirectory = row.kind === "directory";
  const href = hrefOf(row) + (isDirectory ? search : "");
  const icon = iconOf(row);
  const cut = cutName(row);
  if (cut === undefined) {
    const iconClass = icon === "other" ? "" : ` class="${icon}"`;
    return `<a href="${href}"${iconClass}>${renderName(row.name)}${isDirectory ? "/" : ""}</a>`;
  }
  const [head, tail] = [escapeHtml(cut.head), escapeHtml(cut.tail)];
  return `<a href="${href}" class="${icon} long" title="${head}${tail}"><bdi>${head}</bdi>${tail}</a>`;
}

/** Renders the link of an entry in a grid: its picture, if it has one, with its name below. */
function renderTile(row: ListingRow, search: string): string {
  const isDirectory = row.kind === "directory";
  const href = hrefOf(row) + (isDirectory ? search : "");
  const cut = cutName(row);
  const name =
    cut === undefined
      ? `<span>${renderName(row.name)}${isDirectory ? "/" : ""}</span>`
      : `<span class="long"><bdi>${escapeHtml(cut.head)}</bdi>${escapeHtml(cut.tail)}</span>`;
  const title = cut === undefined ? "" : ` title="${escapeHtml(cut.head + cut.tail)}"`;
  return `<a href="${href}" class="${iconOf(row)}"${title}>${renderPicture(row)}${name}</a>`;
}

/** Renders the cell of a size for people, with the exact size in its title. */
function renderSize(bytes: number | undefined): string {
  if (bytes === undefined) return "<td></td>";
  const title = bytes < 1024 ? "" : ` title="${formatCount(bytes)} bytes"`;
  return `<td${title}>${formatSize(bytes)}</td>`;
}

/** Renders a time in the server's zone; the script turns it into the visitor's. */
function renderTime(ms: number | undefined): string {
  const time = formatLocalTime(ms);
  return time === undefined ? "" : `<time datetime="${time.datetime}">${time.text}</time>`;
}

function renderPager(page: ListingPage, label: string): string {
  const { query, rows, start, total, pageCount } = page;
  if (pageCount === 1) return "";
  const link = (number: number, text: string, rel: string) =>
    number < 1 || number > pageCount || number === query.page
      ? `<span>${text}</span>`
      : `<a href="${escapeHtml(hrefOfQuery({ ...query, page: number }))}"${rel}>${text}</a>`;
  return `<nav class="pager" aria-label="${label}">
<p>${formatCount(start + 1)}–${formatCount(start + rows.length)} of ${formatCount(total)}</p>
${link(1, "First", "")}
${link(query.page - 1, "Previous", ' rel="prev"')}
${link(query.page + 1, "Next", ' rel="next"')}
${link(pageCount, "Last", "")}
</nav>
`;
}

/** Renders a README in its own language and direction. */
function renderReadme({ name, html }: Readme): string {
  return `<section id="readme" aria-label="${renderName(name)}">
<p><a href="${hrefOf({ name, kind: "file" })}" class="text">${renderName(name)}</a></p>
<article lang="" dir="auto">
${html}</article>
</section>
`;
}
