import { drawNews } from "./announce.js";
import { copy } from "./clipboard.js";
import { isShown } from "./filter.js";
import { compareEntries } from "./filter-panel.js";
import { wholeNumber } from "./format.js";
import { saveLog } from "./log-file.js";
import { createRow, drawPayload, narrowScreen, onRowClick } from "./log-row.js";
import { describeLog, describeLogCount, shownEntries } from "./log.js";

/** @import { Page } from "./page.js" */

/**
 * The most rows drawn in a frame: a row takes a third of a millisecond on a slow machine, and the
 * rows of a flood may be gone by their turn.
 */
const maxRowsPerFrame = 60;

/**
 * Wires the log: its rows, its scrolling and its toolbar.
 * @param {Page} page
 */
export function wireLog(page) {
  const { ui, log } = page;
  ui.log.addEventListener("click", (event) => {
    onRowClick(page, event);
    holdStill(page);
  });
  ui.log.addEventListener("scroll", () => onScroll(page), { passive: true });
  // A change of the log's size, by a rotated screen for instance, must not lose its end.
  new ResizeObserver(() => log.follows && scrollToEnd(page)).observe(ui.log);
  ui.jump.addEventListener("click", () => resume(page));
  ui.view.addEventListener("click", () => {
    log.isHex = !log.isHex;
    ui.view.setAttribute("aria-pressed", String(log.isHex));
    redrawRows(page);
  });
  narrowScreen.addEventListener("change", () => redrawRows(page));
  ui.clear.addEventListener("click", () => clearLog(page));
  ui.copy.addEventListener("click", () => copy(ui.copy, describeLog(log)));
  ui.saveLog.addEventListener("click", () => saveLog(shownEntries(log)));
}

/**
 * Stops the log from following if what was opened has pushed its end out of sight.
 * @param {Page} page
 */
function holdStill({ ui, log }) {
  if (!isAtEnd(ui.log)) log.follows = false;
}

/**
 * Tells whether the end of the log is in sight.
 * @param {HTMLElement} view
 */
function isAtEnd({ scrollHeight, scrollTop, clientHeight }) {
  // A pixel of slack, for fractions at a zoom.
  return scrollHeight - scrollTop - clientHeight <= 2;
}

/**
 * Empties the log.
 * @param {Page} page
 */
function clearLog(page) {
  const { log, ui } = page;
  Object.assign(log, { entries: [], bytes: 0, dropped: 0, stale: [] });
  ui.log.replaceChildren();
  resume(page);
  page.requestDraw();
}

/**
 * Stops the log from following when the reader scrolls up, and lets it go on at the end.
 * @param {Page} page
 */
function onScroll(page) {
  const { log, ui } = page;
  const { scrollTop } = ui.log;
  if (isAtEnd(ui.log)) resume(page);
  else if (scrollTop < log.scrollTop) log.follows = false;
  log.scrollTop = scrollTop;
  drawJump(page);
}

/**
 * Lets the log follow new entries.
 * @param {Page} page
 */
function resume(page) {
  if (page.log.follows) return;
  page.log.follows = true;
  page.log.unseen = 0;
  page.requestDraw();
}

/**
 * Scrolls the log to its end.
 * @param {Page} page
 */
function scrollToEnd({ ui, log }) {
  ui.log.scrollTop = ui.log.scrollHeight;
  log.scrollTop = ui.log.scrollTop;
}

/**
 * Draws the rows of new entries, a portion in each frame.
 * @param {Page} page
 */
export function drawLog(page) {
  const { log, ui } = page;
  compareEntries(page);
  drawCount(page);
  drawJump(page);
  drawNews(page);
  // A reader who scrolled back would lose an old row for each new one.
  if (!log.follows && log.stale.length > 0) return;
  for (const row of log.stale) row.remove();
  log.stale = [];
  const first = log.entries.findLastIndex((entry) => entry.row) + 1;
  const fresh = log.entries.slice(first, first + maxRowsPerFrame);
  if (first + fresh.length < log.entries.length) page.requestDraw();
  ui.log.append(...fresh.map((entry) => createRow(page, entry)));
  for (const entry of log.entries) if (entry.row) entry.row.hidden = !isShown(log, entry);
  if (log.follows) scrollToEnd(page);
}

/**
 * Draws how many entries there are, and says so if the filter hides all of them.
 * @param {Page} page
 */
function drawCount({ ui, log }) {
  const count = describeLogCount(log);
  if (ui.logCount.textContent !== count) ui.logCount.textContent = count;
  ui.noMatch.hidden = log.entries.length === 0 || log.entries.some((entry) => isShown(log, entry));
}

/**
 * Redraws the messages on the screen, after a change of how they are shown.
 * @param {Page} page
 */
function redrawRows(page) {
  // The screen may hold more rows than the log has entries.
  for (const row of page.ui.log.querySelectorAll("li")) {
    const entry = page.log.entryOf.get(row);
    if (entry?.message) drawPayload(page, row, entry);
  }
  if (page.log.follows) scrollToEnd(page);
}

/**
 * Draws the button that leads back to the end of the log.
 * @param {Page} page
 */
function drawJump({ ui, log }) {
  ui.jump.hidden = log.follows;
  ui.jump.textContent =
    log.unseen > 0 ? `↓ ${wholeNumber.format(log.unseen)} new` : "↓ Jump to latest";
}
