import { clearFilter } from "./filter.js";
import { showHelp } from "./help.js";
import { linkOf } from "./page.js";

/** @import { Page } from "./page.js" */

/**
 * Listens to the keys. They move the focus from link to link, so Enter, Tab and screen readers need no
 * help from here.
 * @param {Page} page
 */
export function wireKeys(page) {
  const actions = actionsOf(page);
  document.addEventListener("keydown", (event) => onKey(actions, event));
}

/**
 * Returns the effect of each key.
 * @param {Page} page
 * @returns {Record<string, () => void>}
 */
function actionsOf(page) {
  return {
    "/": () => page.filter.select(),
    j: () => moveSelection(page, 1),
    ArrowDown: () => moveSelection(page, 1),
    k: () => moveSelection(page, -1),
    ArrowUp: () => moveSelection(page, -1),
    Backspace: () => document.getElementById("up")?.click(),
    Escape: () => clearFilter(page),
    "?": () => showHelp(),
  };
}

/**
 * @param {Record<string, () => void>} actions
 * @param {KeyboardEvent} event
 */
function onKey(actions, event) {
  const { key, target, ctrlKey, metaKey, altKey, isComposing } = event;
  const isTyping =
    target instanceof Element && target.matches("input, textarea, select, [contenteditable]");
  if (isTyping || ctrlKey || metaKey || altKey || isComposing) return;
  if (document.querySelector("dialog[open]") !== null || !Object.hasOwn(actions, key)) return;
  event.preventDefault();
  actions[key]?.();
}

/**
 * Returns the links of the rows that show, the way up included.
 * @param {Page} page
 * @returns {HTMLAnchorElement[]}
 */
function linksOf({ table }) {
  return [...table.querySelectorAll("tbody tr:not([hidden])")]
    .map((row) => linkOf(row))
    .filter((link) => link !== null);
}

/**
 * @param {Page} page
 * @param {1 | -1} step
 */
function moveSelection(page, step) {
  const all = linksOf(page);
  const current = all.findIndex((link) => link === document.activeElement);
  const next = current < 0 ? firstInView(page, all) : all[current + step];
  next?.focus();
}

/**
 * Returns the first link below the sticky head: the selection starts where the reader is.
 * @param {Page} page
 * @param {HTMLAnchorElement[]} all
 */
function firstInView({ table }, all) {
  const top = table.tHead?.getBoundingClientRect().bottom ?? 0;
  return all.find((link) => link.getBoundingClientRect().bottom > Math.max(top, 0)) ?? all[0];
}
