import { fold } from "./fold.js";
import { linkOf } from "./page.js";

/** @import { Page } from "./page.js" */

/**
 * Shows the filter, and hides the rows that it does not match while one types.
 * @param {Page} page
 */
export function wireFilter(page) {
  const { filter } = page;
  filter.hidden = false;
  applyFilter(page);
  filter.addEventListener("input", () => applyFilter(page));
  filter.addEventListener("keydown", (event) => onFilterKey(page, event));
  // A browser that comes back to this page puts back what was typed: most before this event, WebKit after.
  addEventListener("pageshow", () => setTimeout(() => applyFilter(page)));
}

/** @param {Page} page */
function applyFilter({ filter, matches, rows, names }) {
  const wanted = fold(filter.value);
  let count = 0;
  rows.forEach((row, index) => {
    const isMatch = names[index]?.includes(wanted) === true;
    if (isMatch) count += 1;
    // Only what changes is written: a layout of a thousand rows costs more than the comparison.
    if (row.hidden === isMatch) row.hidden = !isMatch;
  });
  matches.textContent = wanted === "" ? "" : describeMatches(count, rows.length);
}

/**
 * Says how many rows match.
 * @param {number} count
 * @param {number} total
 */
export function describeMatches(count, total) {
  return count === 0
    ? "No match"
    : `${count.toLocaleString("en")} of ${total.toLocaleString("en")}`;
}

/**
 * Shows all rows again, or leaves the filter if they are shown.
 * @param {Page} page
 */
export function clearFilter(page) {
  const { filter } = page;
  if (filter.value === "") return filter.blur();
  filter.value = "";
  applyFilter(page);
}

/**
 * @param {Page} page
 * @param {KeyboardEvent} event
 */
function onFilterKey(page, event) {
  if (event.isComposing) return;
  if (event.key === "Escape") clearFilter(page);
  else if (event.key === "Enter" || event.key === "ArrowDown") focusFirstMatch(page);
  else return;
  event.preventDefault();
}

/** @param {Page} page */
function focusFirstMatch({ rows }) {
  const first = rows.find((row) => !row.hidden);
  if (first !== undefined) linkOf(first)?.focus();
}
