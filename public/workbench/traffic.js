import { addEntry } from "./log.js";
import { toMessage } from "./message.js";
import { expectEcho } from "./round-trips.js";
import { formatSize } from "./size.js";

/** @import { Data } from "./message.js" */
/** @import { Page } from "./page.js" */

/** @typedef {ReturnType<typeof createCounters>} Counters */

/**
 * The bytes waiting in the browser at which a burst or a repeat holds back: enough to keep the
 * socket busy. More makes nothing faster, and makes round trips of small messages take seconds.
 */
export const maxBufferedBytes = 256 * 1024;

/** Makes the counters of sent and received messages. */
export function createCounters() {
  return { sent: 0, sentBytes: 0, received: 0, receivedBytes: 0 };
}

/**
 * Sends a message, expects its echo, counts and logs it.
 * @param {Page} page
 * @param {Data} data
 */
export function transmit(page, data) {
  const message = toMessage(data);
  const sentAt = performance.now();
  page.connection.socket?.send(data);
  expectEcho(page.roundTrips, message, sentAt);
  countSent(page, message.size);
  addEntry(page, { direction: "sent", time: new Date(), message });
}

/**
 * Counts a sent message.
 * @param {Page} page
 * @param {number} bytes
 */
export function countSent({ counters }, bytes) {
  counters.sent += 1;
  counters.sentBytes += bytes;
}

/**
 * Counts a received message.
 * @param {Page} page
 * @param {number} bytes
 */
export function countReceived(page, bytes) {
  page.counters.received += 1;
  page.counters.receivedBytes += bytes;
  page.requestDraw();
}

/**
 * Draws the bytes that wait in the browser to be sent, and looks again as long as there are some.
 * @param {Page} page
 */
export function drawBuffered(page) {
  const waiting = page.connection.socket?.bufferedAmount ?? 0;
  page.ui.buffered.hidden = waiting === 0;
  if (waiting === 0) return;
  page.ui.buffered.textContent = `${formatSize(waiting)} wait in the browser to be sent.`;
  setTimeout(() => page.requestDraw(), 100);
}
