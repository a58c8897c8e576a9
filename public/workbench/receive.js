import { takeBurstEcho } from "./burst-panel.js";
import { addEntry } from "./log.js";
import { toMessage } from "./message.js";
import { takeEcho } from "./round-trips.js";
import { countReceived } from "./traffic.js";

/** @import { Page } from "./page.js" */

/**
 * Takes a message: as an echo of the burst, or else into the log.
 * @param {Page} page
 * @param {string | ArrayBuffer} payload
 */
export function receive(page, payload) {
  const receivedAt = performance.now();
  const data = typeof payload === "string" ? payload : new Uint8Array(payload);
  if (takeBurstEcho(page, data, receivedAt)) {
    countReceived(page, data.length);
    return;
  }
  const message = toMessage(data);
  countReceived(page, message.size);
  const roundTripMs = takeEcho(page.roundTrips, message, receivedAt);
  addEntry(page, { direction: "received", time: new Date(), message, roundTripMs });
}
