import { fold } from "./fold.js";

/**
 * The elements of the index that its script uses, and the text that each row is found by, in the
 * order of the rows.
 * @typedef {ReturnType<typeof findPage>} Page
 */

/** Finds the page's parts; throws if one is missing. */
export function findPage() {
  const rows = [...document.querySelectorAll("#rows tr")].filter(
    (row) => row instanceof HTMLElement,
  );
  return {
    filter: find("#filter", HTMLInputElement),
    matches: find("#matches", HTMLElement),
    /** The way to all names, where the server has left some out. */
    all: document.getElementById("all"),
    /** The page has every name that the server has found, and not the first 1,000. */
    isWhole: document.querySelector(".pager") === null,
    help: find("#help", HTMLButtonElement),
    table: find("table", HTMLTableElement),
    /** The links to directories above. */
    ways: [...document.querySelectorAll("h1 a, #up")].filter(
      (link) => link instanceof HTMLAnchorElement,
    ),
    rows,
    names: rows.map((row) => fold(linkOf(row)?.textContent ?? "")),
  };
}

/**
 * Returns the link of a row.
 * @param {Element} row
 */
export function linkOf(row) {
  return row.querySelector("a");
}

/**
 * Returns the first element of this class that the selector finds; throws if the page has none.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 */
function find(selector, type) {
  const found = document.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} ${selector}`);
  return found;
}
