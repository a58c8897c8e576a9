import { setState } from "./connection-panel.js";
import { addInfo } from "./log.js";

/** @import { Page } from "./page.js" */

const firstRetryMs = 500;
const maxRetryMs = 15_000;
const maxRetries = 20;

/**
 * Waits to reconnect, each time twice as long; gives up after the last attempt.
 * @param {Page} page
 * @param {string} summary of the end of the last connection
 * @param {() => void} retry
 */
export function scheduleRetry(page, summary, retry) {
  const { connection } = page;
  if (connection.retries === maxRetries) {
    addInfo(page, `Gave up after ${maxRetries} attempts to reconnect.`, true);
    setState(page, "disconnected", summary);
    return;
  }
  const delayMs = Math.min(maxRetryMs, firstRetryMs * 2 ** connection.retries);
  connection.retries += 1;
  connection.retryTimer = setTimeout(retry, delayMs);
  const detail = `attempt ${connection.retries} of ${maxRetries} in ${delayMs / 1000} s`;
  setState(page, "waiting", detail);
}

/**
 * Gives up a wait to reconnect, if there is one.
 * @param {Page} page
 */
export function cancelRetry(page) {
  if (page.connection.retryTimer === undefined) return;
  clearTimeout(page.connection.retryTimer);
  page.connection.retryTimer = undefined;
  setState(page, "disconnected");
}
