import {
  compareEcho,
  countDue,
  createBurst,
  createContent,
  describePlan,
  describeResult,
  describeSpeed,
  findPause,
  takeTime,
} from "./burst.js";
import { setLabel } from "./elements.js";
import { clearError, readWhole, showError } from "./field-error.js";
import { wholeNumber } from "./format.js";
import { addInfo } from "./log.js";
import { toMessage } from "./message.js";
import { isUnanswered, recordRoundTrip } from "./round-trips.js";
import { countSent, maxBufferedBytes } from "./traffic.js";

/** @import { Burst, Plan } from "./burst.js" */
/** @import { Elements } from "./elements.js" */
/** @import { Invalid } from "./field-error.js" */
/** @import { Page } from "./page.js" */

/** A burst sends for this long at a time; keys, echoes and drawing have the page in between. */
const sliceMs = 8;
const maxBurst = { count: 1_000_000, size: 16 * 1024 * 1024, rate: 1_000_000, flight: 100_000 };
/** The span of the throughput (ms): a figure that changed faster could not be read. */
const throughputMs = 500;

/**
 * Wires the form of the burst.
 * @param {Page} page
 */
export function wireBurst(page) {
  const { ui } = page;
  ui.burstForm.addEventListener("submit", (event) => {
    event.preventDefault();
    if (page.connection.state !== "connected") return;
    if (page.burst) stopBurst(page, page.burst);
    else startBurst(page);
  });
  for (const field of [ui.burstCount, ui.burstSize, ui.burstRate, ui.burstFlight]) {
    field.addEventListener("input", () => clearError(page));
  }
}

/**
 * Starts the burst that the form describes, or says what is wrong with it.
 * @param {Page} page
 */
function startBurst(page) {
  clearError(page);
  const plan = readPlan(page.ui);
  if (plan.kind === "invalid") return showError(page, plan);
  const [seed = 1] = crypto.getRandomValues(new Uint32Array(1));
  const isCompressed = page.connection.socket?.extensions.includes("permessage-deflate") === true;
  const burst = createBurst(plan, { seed, startedAt: performance.now(), isCompressed });
  page.burst = burst;
  addInfo(page, `Burst of ${describePlan(plan)}, seed ${burst.seed}`);
  showBurst(page, burst);
  pump(page, burst);
}

/**
 * Reads the form, or says which field is wrong.
 * @param {Elements} ui
 * @returns {Plan | Invalid}
 */
function readPlan({ burstCount, burstSize, burstRate, burstFlight, burstType }) {
  const count = readWhole(burstCount, "The number of messages", 1, maxBurst.count);
  if (typeof count !== "number") return count;
  const size = readWhole(burstSize, "The size in bytes", 0, maxBurst.size);
  if (typeof size !== "number") return size;
  const rate = readLimit(burstRate, "The rate", maxBurst.rate);
  if (typeof rate !== "number") return rate;
  const flight = readLimit(burstFlight, "The number in flight", maxBurst.flight);
  if (typeof flight !== "number") return flight;
  const type = burstType.value === "text" ? "text" : "binary";
  return { kind: "plan", count, size, rate, flight, type };
}

/**
 * Reads a limit, of which there is none in an empty field, or says what is wrong with it.
 * @param {HTMLInputElement} field
 * @param {string} name
 * @param {number} most
 */
function readLimit(field, name, most) {
  return field.value.trim() === "" ? Infinity : readWhole(field, name, 1, most);
}

/**
 * Sends the messages that are due, for a slice of time at most, and comes back for the rest.
 * @param {Page} page
 * @param {Burst} burst
 */
function pump(page, burst) {
  const { socket } = page.connection;
  if (socket?.readyState !== WebSocket.OPEN) return;
  clearTimeout(burst.timer);
  const sliceEnd = performance.now() + sliceMs;
  const due = countDue(burst, performance.now());
  while (burst.sent < due && performance.now() < sliceEnd) {
    if (socket.bufferedAmount >= maxBufferedBytes) break;
    burst.times[burst.sent] = performance.now();
    socket.send(createContent(burst, burst.sent));
    burst.sent += 1;
    countSent(page, burst.plan.size);
  }
  page.requestDraw();
  const { count, flight } = burst.plan;
  // The next echo goes on where so many are in flight.
  if (burst.sent === count || burst.sent - burst.received >= flight) return;
  burst.timer = setTimeout(() => pump(page, burst), findPause(burst, performance.now()));
}

/**
 * Checks a received message against the burst; returns whether it counts as an echo of it. The echo
 * of a message that was sent from the message box meanwhile does not.
 * @param {Page} page
 * @param {string | Uint8Array} data
 * @param {number} receivedAt
 */
export function takeBurstEcho(page, data, receivedAt) {
  const { burst } = page;
  if (!burst) return false;
  const verdict = compareEcho(burst, data);
  if (verdict === "other") return false;
  if (verdict === "altered") {
    if (isUnanswered(page.roundTrips, toMessage(data))) return false;
    burst.wrong += 1;
    burst.firstWrong ??= burst.received + 1;
  }
  recordRoundTrip(page.roundTrips, takeTime(burst, receivedAt), receivedAt);
  if (burst.received === burst.plan.count) endBurst(page, "");
  else if (burst.plan.flight !== Infinity) pump(page, burst);
  return true;
}

/**
 * Stops sending and waits for the missing echoes; a second stop ends the wait, too.
 * @param {Page} page
 * @param {Burst} burst
 */
function stopBurst(page, burst) {
  clearTimeout(burst.timer);
  const isWaiting = burst.plan.count === burst.sent;
  burst.plan.count = burst.sent;
  if (isWaiting || burst.received === burst.sent) endBurst(page, "Stopped");
  else showBurst(page, burst);
}

/**
 * Ends the burst, if one runs, and logs its result.
 * @param {Page} page
 * @param {string} cause why it ended before its time, if it did
 */
export function endBurst(page, cause) {
  const { burst } = page;
  if (!burst) return;
  clearTimeout(burst.timer);
  page.burst = undefined;
  const isComplete = burst.received === burst.plan.count && burst.wrong === 0;
  const result = describeResult(burst, performance.now() - burst.startedAt);
  addInfo(page, [cause, result].filter(Boolean).join(". "), !isComplete);
  showBurst(page, burst);
  page.ui.burstResult.textContent = result;
  page.ui.burstResult.dataset.tone = isComplete ? "good" : "bad";
  page.requestDraw();
}

/**
 * Shows the progress, and what the button does now.
 * @param {Page} page
 * @param {Burst} burst
 */
function showBurst({ ui, burst: running }, burst) {
  const isWaiting = burst.sent === burst.plan.count;
  const label = !running ? "Start" : isWaiting ? "Give up" : "Stop";
  setLabel(ui.burstStart, label);
  ui.burstProgress.max = burst.plan.count || 1;
  ui.burstProgress.value = burst.received;
}

/**
 * Draws the figures of the burst while it runs.
 * @param {Page} page
 */
export function drawBurst(page) {
  const { burst, ui } = page;
  if (!burst) return;
  const { window, received, sent, plan } = burst;
  const now = performance.now();
  if (now - window.at >= throughputMs) {
    const perSecond = ((received - window.received) * 1000) / (now - window.at);
    burst.window = { at: now, received, perSecond };
  }
  showBurst(page, burst);
  const counts = `${wholeNumber.format(sent)} sent, ${wholeNumber.format(received)} back`;
  const speed = describeSpeed(burst.window.perSecond, plan.size);
  ui.burstResult.textContent = `${counts} · ${speed}`;
  ui.burstResult.dataset.tone = "";
  setTimeout(() => page.requestDraw(), throughputMs);
}
