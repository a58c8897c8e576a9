import { focusFirstMatch } from "./filter.js";
import { linkOf } from "./page.js";

/** @import { Page } from "./page.js" */

/**
 * A listing that was visited in this tab: its path, and the query with which it was shown.
 * @typedef {object} Visit
 * @property {string} path
 * @property {string} search
 */

/** The place in the storage of the tab where a page says what was visited. */
const KEY = "meerkat-trail";

/**
 * Has the ways up lead to where one came from, with the page and the filter that were shown there, and the
 * focus on the directory that one comes from.
 * @param {Page} page
 */
export function wireTrail(page) {
  const visits = readVisits();
  const above = visitsAbove(visits, location.pathname);
  for (const link of page.ways) {
    const search = searchOf(above, link);
    if (search !== undefined && search !== link.search) link.search = search;
  }
  arrive(page, visits.at(-1));
  // A page that is shown again as it was left, by Back, has run its script before.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) arrive(page, readVisits().at(-1));
  });
  addEventListener("pagehide", () => {
    writeVisits([...above, { path: location.pathname, search: location.search }]);
  });
}

/**
 * Moves the focus to where the reader looks next: to the directory that one comes up from, or to the first
 * name that a search has found.
 * @param {Page} page
 * @param {Visit | undefined} last
 */
function arrive(page, last) {
  if (last === undefined) return;
  const path = childPath(location.pathname, last.path);
  const row = page.rows.find((each) => linkOf(each)?.pathname === path);
  if (row !== undefined) linkOf(row)?.focus();
  const isSearched = last.path === location.pathname && isOtherFilter(last.search, location.search);
  if (isSearched) focusFirstMatch(page);
}

/**
 * Returns the path of the directory in a listing below which another path is; undefined if it is not below.
 * @param {string} here
 * @param {string} below
 */
export function childPath(here, below) {
  if (!below.startsWith(here) || below === here) return undefined;
  const end = below.indexOf("/", here.length);
  return end < 0 ? undefined : below.slice(0, end + 1);
}

/**
 * Returns those of some visits that are above a path.
 * @param {readonly Visit[]} visits
 * @param {string} here
 */
export function visitsAbove(visits, here) {
  return visits.filter(({ path }) => childPath(path, here) !== undefined);
}

/**
 * Returns the query with which the target of a link was visited, unless another order or view was chosen
 * since: its page is another one then.
 * @param {readonly Visit[]} visits
 * @param {Pick<URL, "pathname" | "search">} target
 */
export function searchOf(visits, { pathname, search }) {
  return visits.find(
    (visit) => visit.path === pathname && travelsOf(visit.search) === travelsOf(search),
  )?.search;
}

/** @param {string} search */
function travelsOf(search) {
  const parameters = new URLSearchParams(search);
  return ["sort", "order", "view"].map((name) => parameters.get(name)).join();
}

/**
 * Tells whether the second of two queries has a filter, and not that of the first.
 * @param {string} before
 * @param {string} after
 */
export function isOtherFilter(before, after) {
  const [old, filter] = [before, after].map((search) => new URLSearchParams(search).get("filter"));
  return Boolean(filter) && filter !== old;
}

/** @returns {Visit[]} */
function readVisits() {
  try {
    const visits = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(visits) ? visits.filter(isVisit) : [];
  } catch {
    return []; // a browser may forbid storage, and any page of this origin may write to it
  }
}

/**
 * @param {unknown} value
 * @returns {value is Visit}
 */
function isVisit(value) {
  if (typeof value !== "object" || value === null) return false;
  if (!("path" in value && "search" in value)) return false;
  return typeof value.path === "string" && typeof value.search === "string";
}

/** @param {readonly Visit[]} visits */
function writeVisits(visits) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(visits));
  } catch {
    // without storage, ways up lead to the first page
  }
}
