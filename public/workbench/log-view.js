import { copy } from "./clipboard.js";
import { part } from "./elements.js";
import { formatTime, wholeNumber } from "./format.js";
import {
  arrows,
  createPreview,
  describeLog,
  describeLogCount,
  describeMeta,
  describeMore,
  describePayload,
  formatBody,
  isShownAsHex,
} from "./log.js";
import { maxKeptBytes } from "./message.js";

/** @import { Entry } from "./log.js" */
/** @import { Message } from "./message.js" */
/** @import { Page } from "./page.js" */

/**
 * The most rows drawn in a frame: a row takes a third of a millisecond on a slow machine, and the
 * rows of a flood may be gone by their turn.
 */
const maxRowsPerFrame = 60;
/** The most rows of a frame that are read aloud. */
const maxAnnouncedRows = 20;
/** The widths at which a hex dump of 16 bytes a line has no room. */
const narrowScreen = matchMedia("(max-width: 1239px)");

/**
 * Wires the log: its rows, its scrolling and its toolbar.
 * @param {Page} page
 */
export function wireLog(page) {
  const { ui, log } = page;
  ui.log.addEventListener("click", (event) => onRowClick(page, event));
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
 * Copies the message of a row, or opens and closes the row.
 * @param {Page} page
 * @param {Event} event
 */
function onRowClick(page, event) {
  if (!(event.target instanceof HTMLButtonElement)) return;
  const row = event.target.closest("li");
  const entry = row && page.log.entryOf.get(row);
  if (!entry) return;
  if (event.target.classList.contains("copy")) {
    copy(event.target, describePayload(page.log, entry, maxKeptBytes));
    return;
  }
  entry.isOpen = !entry.isOpen;
  drawPayload(page, row, entry);
  row.querySelector(".more")?.scrollIntoView({ block: "nearest" });
}

/**
 * Stops the log from following when the reader scrolls up, and lets it go on at the end.
 * @param {Page} page
 */
function onScroll(page) {
  const { log, ui } = page;
  const { scrollTop } = ui.log;
  // A pixel of slack, for fractions at a zoom.
  const isAtEnd = ui.log.scrollHeight - scrollTop - ui.log.clientHeight <= 2;
  if (isAtEnd) resume(page);
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
  ui.logCount.textContent = describeLogCount(log);
  drawJump(page);
  // A reader who scrolled back would lose an old row for each new one.
  if (!log.follows && log.stale.length > 0) return;
  for (const row of log.stale) row.remove();
  log.stale = [];
  const first = log.entries.findLastIndex((entry) => entry.row) + 1;
  const fresh = log.entries.slice(first, first + maxRowsPerFrame);
  if (first + fresh.length < log.entries.length) page.requestDraw();
  ui.logView.ariaLive = fresh.length > maxAnnouncedRows ? "off" : "polite";
  ui.log.append(...fresh.map((entry) => createRow(page, entry)));
  if (log.follows) scrollToEnd(page);
}

/**
 * Makes the row of an entry.
 * @param {Page} page
 * @param {Entry} entry
 */
function createRow(page, entry) {
  const row = /** @type {HTMLElement} */ (
    document.importNode(page.ui.row.content, true).firstElementChild
  );
  row.dataset.direction = entry.direction;
  if (entry.isBad) row.dataset.bad = "";
  part(row, ".arrow").textContent = arrows[entry.direction];
  part(row, ".visually-hidden").textContent = `${entry.direction}: `;
  const time = part(row, "time");
  time.textContent = formatTime(entry.time);
  time.title = entry.time.toString();
  if (entry.message) part(row, ".meta").textContent = describeMeta(entry, entry.message);
  else part(row, ".copy").remove();
  drawPayload(page, row, entry);
  page.log.entryOf.set(row, entry);
  entry.row = row;
  return row;
}

/**
 * Writes a row's payload, as text content only: nothing received ever becomes markup.
 * @param {Page} page
 * @param {HTMLElement} row
 * @param {Entry} entry
 */
function drawPayload(page, row, entry) {
  const payload = part(row, ".payload");
  row.querySelector(".more")?.remove();
  if (!entry.message) {
    payload.textContent = entry.text ?? "";
    return;
  }
  const isHex = isShownAsHex(page.log, entry.message);
  const perLine = isHex ? bytesPerLine() : undefined;
  const preview = createPreview(entry.message, perLine);
  payload.textContent = entry.isOpen ? formatBody(entry.message.bytes, perLine) : preview.text;
  payload.toggleAttribute("data-hex", isHex && entry.message.size > 0);
  payload.toggleAttribute("data-open", entry.isOpen === true && preview.isCut);
  if (preview.isCut) payload.after(createMoreButton(entry, entry.message));
}

/** Returns how many bytes of hex a line has room for. */
function bytesPerLine() {
  return narrowScreen.matches ? 8 : 16;
}

/**
 * Makes the button that opens a row, or closes it again.
 * @param {Entry} entry
 * @param {Message} message
 */
function createMoreButton({ isOpen }, message) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "more";
  button.setAttribute("aria-expanded", String(isOpen === true));
  button.textContent = describeMore(message, isOpen === true);
  return button;
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
