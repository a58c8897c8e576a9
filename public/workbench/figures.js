import { createBar, drawCurve, drawHistogram, showPoint } from "./charts.js";
import { formatMs, wholeNumber } from "./format.js";
import { bucketMs, createRoundTrips, percentile } from "./round-trips.js";
import { formatSize } from "./size.js";
import { createCounters } from "./traffic.js";

/** @import { Page } from "./page.js" */

const chartCaption = "Mean and span of every 0.1 s with echoes";
const chartMs = { moving: 100, still: 1000 };
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * Wires the Reset button, and the curve to its size and the pointer.
 * @param {Page} page
 */
export function wireFigures(page) {
  const { ui, chart } = page;
  ui.reset.addEventListener("click", () => {
    page.counters = createCounters();
    // Echoes still under way belong to messages from before the reset.
    page.roundTrips = createRoundTrips();
    chart.drawnAt = -Infinity;
    page.requestDraw();
  });
  ui.histogram.append(...bucketMs.map(createBar));
  new ResizeObserver(([entry]) => {
    chart.width = entry?.contentRect.width ?? 0;
    chart.height = entry?.contentRect.height ?? 0;
    chart.drawnAt = -Infinity;
    page.requestDraw();
  }).observe(ui.chart);
  ui.chart.addEventListener("pointermove", (event) => showPoint(page, event.offsetX));
  ui.chart.addEventListener("pointerleave", () => (ui.chartNote.textContent = chartCaption));
}

/**
 * Draws the counts of messages and bytes, and the round trips as numbers.
 * @param {Page} page
 */
export function drawFigures({ ui, counters, roundTrips }) {
  setNumber(ui.sentCount, counters.sent, wholeNumber.format);
  setNumber(ui.sentBytes, counters.sentBytes, formatSize);
  setNumber(ui.receivedCount, counters.received, wholeNumber.format);
  setNumber(ui.receivedBytes, counters.receivedBytes, formatSize);
  setNumber(ui.rttCount, roundTrips.count, wholeNumber.format);
  const sorted = roundTrips.samples.toSorted((a, b) => a - b);
  ui.rttLast.textContent = formatMs(roundTrips.last);
  ui.rttP50.textContent = formatMs(percentile(sorted, 50));
  ui.rttP95.textContent = formatMs(percentile(sorted, 95));
  ui.rttMax.textContent = formatMs(roundTrips.count > 0 ? roundTrips.max : undefined);
}

/**
 * Shows a number, if it has changed.
 * @param {HTMLDataElement} place
 * @param {number} value
 * @param {(value: number) => string} format
 */
function setNumber(place, value, format) {
  if (place.value === String(value)) return;
  place.value = String(value);
  place.textContent = format(value);
}

/**
 * Draws the curve and the histogram, seldom enough to be read: a running curve is motion, too.
 * @param {Page} page
 */
export function drawCharts(page) {
  const { chart, roundTrips, ui } = page;
  const now = performance.now();
  const waitMs = chart.drawnAt + (reducedMotion.matches ? chartMs.still : chartMs.moving) - now;
  if (waitMs > 0) {
    chart.timer ??= setTimeout(() => {
      chart.timer = undefined;
      page.requestDraw();
    }, waitMs);
    return;
  }
  chart.drawnAt = now;
  drawCurve(page);
  drawHistogram(ui.histogram, roundTrips.buckets);
}
