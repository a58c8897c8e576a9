import { fold } from "./fold.js";
import { linkOf } from "./page.js";

/** @import { Page } from "./page.js" */

/**
 * Hides the rows that the filter does not match while one types. What is not on this page the server
 * looks for, when the form is sent.
 * @param {Page} page
 */
export function wireFilter(page) {
  const { filter } = page;
  applyFilter(page);
  filter.addEventListener("input", () => applyFilter(page));
  filter.addEventListener("keydown", (event) => onFilterKey(page, event));
  filter.form?.addEventListener("submit", (event) => onSubmit(page, event));
  // A browser that comes back to this page puts back what was typed: most before this event, WebKit after.
  addEventListener("pageshow", () => setTimeout(() => applyFilter(page)));
}

/** @param {Page} page */
function applyFilter(page) {
  const { filter, matches, rows, names } = page;
  const wanted = fold(filter.value);
  let count = 0;
  rows.forEach((row, index) => {
    const isMatch = names[index]?.includes(wanted) === true;
    if (isMatch) count += 1;
    // Only what changes is written: a layout of a thousand rows costs more than the comparison.
    if (row.hidden === isMatch) row.hidden = !isMatch;
  });
  // The counts of the server are those of its own filter.
  const isCounted = wanted === fold(filter.defaultValue);
  matches.textContent = isCounted ? "" : describeMatches(count, rows.length, hasAll(page));
}

/**
 * Tells whether every name that matches is on this page.
 * @param {Page} page
 */
function hasAll({ filter, isWhole }) {
  return isWhole && fold(filter.value).includes(fold(filter.defaultValue));
}

/**
 * Says how many rows match, as the server does, and how to find the rest.
 * @param {number} count
 * @param {number} total
 * @param {boolean} isAll there are no others on the server
 */
export function describeMatches(count, total, isAll) {
  const of = total.toLocaleString("en");
  const verb = count === 1 ? "matches" : "match";
  const said = count === 0 ? `No match of ${of}` : `${count.toLocaleString("en")} of ${of} ${verb}`;
  return isAll ? said : `${said} on this page; Enter looks through all`;
}

/**
 * Shows all rows again: those of this page, and if the server has left some out, those, too. Leaves the
 * filter if they are shown.
 * @param {Page} page
 */
export function clearFilter(page) {
  const { filter, all } = page;
  if (filter.value === "") filter.blur();
  filter.value = "";
  applyFilter(page);
  all?.click();
}

/**
 * @param {Page} page
 * @param {KeyboardEvent} event
 */
function onFilterKey(page, event) {
  if (event.isComposing) return;
  if (event.key === "Escape") clearFilter(page);
  else if (event.key === "ArrowDown") focusFirstMatch(page);
  else return;
  event.preventDefault();
}

/**
 * Sends the form only if the server knows more than this page.
 * @param {Page} page
 * @param {Event} event
 */
function onSubmit(page, event) {
  const { filter, all } = page;
  if (hasAll(page)) focusFirstMatch(page);
  else if (filter.value === "" && all !== null) all.click();
  else return;
  event.preventDefault();
}

/**
 * Goes to the first row that shows.
 * @param {Page} page
 */
export function focusFirstMatch({ rows }) {
  const first = rows.find((row) => !row.hidden);
  if (first !== undefined) linkOf(first)?.focus();
}
