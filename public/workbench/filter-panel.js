import { hasText, parseFilter, searchText } from "./filter.js";

/** @import { Filter } from "./filter.js" */
/** @import { Entry, Log } from "./log.js" */
/** @import { Page } from "./page.js" */

/** How long (ms) an expression may take for all entries, and the browser to start a thread for it. */
const patienceMs = 3000;

/**
 * Wires the fields of the filter.
 * @param {Page} page
 */
export function wireFilter(page) {
  page.ui.filter.addEventListener("input", () => applyFilter(page));
  page.ui.show.addEventListener("change", () => applyFilter(page));
}

/**
 * Compares all entries with what the fields say now.
 * @param {Page} page
 */
export function applyFilter(page) {
  const { log, ui } = page;
  log.show = ui.show.value;
  setFilter(page, parseFilter(ui.filter.value));
}

/**
 * Sets the filter. One that is invalid lets everything through and says why.
 * @param {Page} page
 * @param {Filter} filter
 */
function setFilter(page, filter) {
  const { log, ui } = page;
  log.filter = filter;
  ui.filterFault.textContent = filter.kind === "invalid" ? filter.fault : "";
  ui.filter.setAttribute("aria-invalid", String(filter.kind === "invalid"));
  for (const entry of log.entries) entry.isMatch = undefined;
  page.requestDraw();
}

/**
 * Compares the entries with the filter that were not yet, before they are drawn.
 * @param {Page} page
 */
export function compareEntries(page) {
  const { log } = page;
  const { filter } = log;
  const fresh = log.entries.filter(({ isMatch }) => isMatch === undefined);
  if (filter.kind === "expression") {
    if (fresh.length > 0 && !log.isComparing) compareApart(page, filter, fresh);
    return;
  }
  if (filter.kind !== "text") return;
  for (const entry of fresh) entry.isMatch = hasText(filter, searchText(entry));
}

/**
 * Compares entries with an expression in another thread, and has them drawn then.
 * @param {Page} page
 * @param {Extract<Filter, { kind: "expression" }>} filter
 * @param {Entry[]} entries
 */
async function compareApart(page, filter, entries) {
  const { log } = page;
  log.isComparing = true;
  const answers = await askThread(log, filter, entries.map(searchText));
  log.isComparing = false;
  if (log.filter === filter) {
    if (!answers)
      return setFilter(page, { kind: "invalid", fault: "This expression takes too long." });
    entries.forEach((entry, index) => (entry.isMatch = answers[index]));
  }
  page.requestDraw();
}

/**
 * Has an expression tested in a thread of its own; returns undefined if that takes too long. The
 * thread stays for the next time, unless it has to be ended.
 * @param {Log} log
 * @param {{ source: string, flags: string }} expression
 * @param {string[]} texts
 * @returns {Promise<boolean[] | undefined>}
 */
async function askThread(log, { source, flags }, texts) {
  const thread = (log.thread ??= new Worker(new URL("filter-worker.js", import.meta.url)));
  const { promise, resolve } = Promise.withResolvers();
  const timer = setTimeout(() => resolve(undefined), patienceMs);
  thread.onmessage = ({ data }) => resolve(data);
  thread.onerror = () => resolve(undefined);
  thread.postMessage({ source, flags, texts });
  const answers = await promise;
  clearTimeout(timer);
  if (answers === undefined) {
    thread.terminate();
    log.thread = undefined;
  }
  return answers;
}
