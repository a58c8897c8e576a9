import { readDraft, recall } from "./composer.js";
import { clearError, readWhole, showError } from "./field-error.js";
import { maxBufferedBytes, transmit } from "./traffic.js";

/** @import { Data } from "./message.js" */
/** @import { Page } from "./page.js" */

/**
 * A message that is sent again and again.
 * @typedef {{ make: () => Data, everyMs: number, nextAt: number, timer: number | undefined }} Repeat
 */

const maxRepeatMs = 3_600_000;

/**
 * Wires the Repeat button and its pause.
 * @param {Page} page
 */
export function wireRepeat(page) {
  const { ui } = page;
  ui.repeat.addEventListener("click", () => (page.repeat ? stopRepeat(page) : startRepeat(page)));
  ui.repeatEvery.addEventListener("input", () => clearError(page));
  // In a field of a form Enter would send the message once.
  ui.repeatEvery.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (!ui.repeat.disabled) ui.repeat.click();
  });
}

/**
 * Repeats the message of the form, or the one sent last if there is none.
 * @param {Page} page
 */
async function startRepeat(page) {
  const { ui } = page;
  clearError(page);
  const everyMs = readWhole(ui.repeatEvery, "The pause in ms", 1, maxRepeatMs);
  if (typeof everyMs !== "number") return showError(page, everyMs);
  if (ui.format.value !== "file" && ui.message.value === "") recall(page, -1);
  const draft = await readDraft(page);
  if (draft.kind === "invalid") return showError(page, draft);
  page.repeat = { make: draft.make, everyMs, nextAt: performance.now(), timer: undefined };
  showRepeat(page);
  repeatOnce(page, page.repeat);
}

/**
 * Sends the message once, unless too much waits already, and plans the next time.
 * @param {Page} page
 * @param {Repeat} repeat
 */
function repeatOnce(page, repeat) {
  const { socket } = page.connection;
  if (page.repeat !== repeat) return;
  if (socket?.readyState !== WebSocket.OPEN) return stopRepeat(page);
  if (socket.bufferedAmount < maxBufferedBytes) transmit(page, repeat.make());
  // A page that was asleep does not make up for the times it missed.
  repeat.nextAt = Math.max(repeat.nextAt + repeat.everyMs, performance.now());
  const pauseMs = repeat.nextAt - performance.now();
  repeat.timer = setTimeout(() => repeatOnce(page, repeat), pauseMs);
}

/**
 * Stops the repeating, if there is one.
 * @param {Page} page
 */
export function stopRepeat(page) {
  clearTimeout(page.repeat?.timer);
  page.repeat = undefined;
  showRepeat(page);
}

/**
 * Shows on the button whether a message is repeated.
 * @param {Page} page
 */
function showRepeat({ ui, repeat }) {
  ui.repeat.setAttribute("aria-pressed", String(repeat !== undefined));
}
