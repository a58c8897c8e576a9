import { part } from "./elements.js";
import { formatMs, formatScale, formatTime, wholeNumber } from "./format.js";
import { bucketMs } from "./round-trips.js";

/** @import { Page } from "./page.js" */
/** @import { Point } from "./round-trips.js" */

/** @typedef {ReturnType<typeof createChart>} Chart */

/** The fewest points that take the whole width, so that a curve of few is not stretched over it. */
const minPoints = 24;
const maxDots = 60;
const minBuckets = 9;

/** Makes the state of the curve, which is not drawn yet. */
export function createChart() {
  return {
    width: 0,
    height: 0,
    drawnAt: -Infinity,
    timer: /** @type {number | undefined} */ (undefined),
  };
}

/**
 * Draws the curve of the round trips: the mean of each point within its span.
 * @param {Page} page
 */
export function drawCurve({ ui, chart, roundTrips }) {
  const { points } = roundTrips;
  const top = roundUp(Math.max(0, ...points.map(({ high }) => high)));
  const { band, mean, dots } = composeCurve(points, chart, top);
  setPath(ui.chart, ".band", band);
  setPath(ui.chart, ".mean", mean);
  setPath(ui.chart, ".dots", dots);
  const isEmpty = points.length === 0;
  ui.chartTop.textContent = isEmpty ? "" : formatScale(top);
  ui.chartMiddle.textContent = isEmpty ? "" : formatScale(top / 2);
  ui.chart.setAttribute("aria-label", describeCurve(points));
}

/**
 * Composes the paths of the curve, all of them empty without points.
 * @param {Point[]} points
 * @param {{ width: number, height: number }} size in pixels
 * @param {number} top of the scale, in ms
 */
export function composeCurve(points, size, top) {
  if (points.length === 0) return { band: "", mean: "", dots: "" };
  const place = placePoints(points, size, top);
  const highs = place.map(({ x, high }) => `${x} ${high}`);
  const lows = place.map(({ x, low }) => `${x} ${low}`).toReversed();
  const means = place.map(({ x, mean }) => `${x} ${mean}`);
  return {
    band: `M${highs.join("L")}L${lows.join("L")}Z`,
    mean: `M${means.join("L")}`,
    // Many dots would hide the curve.
    dots: points.length > maxDots ? "" : means.map((at) => `M${at}h0`).join(""),
  };
}

/**
 * Places points in pixels: the oldest at the left, the newest at the right or on its way there.
 * @param {Point[]} points
 * @param {{ width: number, height: number }} size
 * @param {number} top of the scale, in ms
 */
function placePoints(points, { width, height }, top) {
  const step = width / (Math.max(points.length, minPoints) - 1);
  const place = (/** @type {number} */ ms) => (height - 3 - (ms / top) * (height - 6)).toFixed(1);
  return points.map(({ low, high, sum, count }, index) => ({
    x: (3 + (index * step * (width - 6)) / width).toFixed(1),
    low: place(low),
    high: place(high),
    mean: place(sum / count),
  }));
}

/**
 * Sets a path of the curve.
 * @param {SVGSVGElement} svg
 * @param {string} selector
 * @param {string} path
 */
function setPath(svg, selector, path) {
  svg.querySelector(selector)?.setAttribute("d", path);
}

/**
 * Rounds up to the next of 1, 2, 5, 10, 20 …: such a scale does not jump at every echo.
 * @param {number} value
 */
export function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 0.1)));
  const factor = [1, 2, 5, 10].find((step) => step * power >= value) ?? 10;
  return factor * power;
}

/**
 * Says in words what the curve shows.
 * @param {Point[]} points
 */
export function describeCurve(points) {
  if (points.length === 0) return "Round-trip times: none yet";
  const count = points.reduce((sum, point) => sum + point.count, 0);
  const low = Math.min(...points.map((point) => point.low));
  const high = Math.max(...points.map((point) => point.high));
  return `Round-trip times of the latest ${wholeNumber.format(count)}: ${formatMs(low)} to ${formatMs(high)}`;
}

/**
 * Shows the time and the round trip of the point under the pointer.
 * @param {Page} page
 * @param {number} x
 */
export function showPoint({ ui, chart, roundTrips }, x) {
  const point = findPoint(roundTrips.points, chart.width, x);
  if (point) ui.chartNote.textContent = describePoint(point, performance.timeOrigin);
}

/**
 * Returns the point of the curve that is nearest to this place, or undefined to the right of all.
 * @param {Point[]} points
 * @param {number} width of the curve
 * @param {number} x
 */
export function findPoint(points, width, x) {
  const step = (width - 6) / (Math.max(points.length, minPoints) - 1);
  return points[Math.round((x - 3) / step)];
}

/**
 * Writes a point for people: its time, its mean and the span of several echoes.
 * @param {Point} point
 * @param {number} timeOrigin of the point's clock, in ms since 1970
 */
export function describePoint({ low, high, sum, count, at }, timeOrigin) {
  const time = formatTime(new Date(timeOrigin + at));
  const span =
    count === 1 ? "" : `, ${wholeNumber.format(count)} of ${formatMs(low)} to ${formatMs(high)}`;
  return `${time}: ${formatMs(sum / count)}${span}`;
}

/**
 * Makes the bar of the bucket that ends here.
 * @param {number} end in ms
 */
export function createBar(end) {
  const bar = document.createElement("div");
  bar.append(document.createElement("i"), document.createElement("span"));
  part(bar, "span").textContent =
    end === Infinity ? "more" : end < 1000 ? `${end}` : `${end / 1000} s`;
  return bar;
}

/**
 * Draws the bars, and describes them in words.
 * @param {HTMLElement} histogram
 * @param {number[]} buckets the number of echoes in each
 */
export function drawHistogram(histogram, buckets) {
  const most = Math.max(...buckets, 1);
  const { first, last } = findShownBuckets(buckets);
  buckets.forEach((count, index) => {
    const bar = /** @type {HTMLElement} */ (histogram.children[index]);
    bar.hidden = index < first || index > last;
    bar.title = `${describeBucket(index)}: ${wholeNumber.format(count)}`;
    bar.toggleAttribute("data-empty", count === 0);
    part(bar, "i").style.height = `${(count / most) * 100}%`;
  });
  const filled = buckets.map((count, index) => ({ count, name: describeBucket(index) }));
  const facts = filled
    .filter(({ count }) => count > 0)
    .map(({ count, name }) => `${name}: ${count}`);
  histogram.ariaLabel = `Histogram: ${facts.join(", ") || "no echoes yet"}`;
}

/**
 * Finds the buckets to show: from the first to the last that holds something, and around them
 * enough to see where they are.
 * @param {number[]} buckets
 */
export function findShownBuckets(buckets) {
  const isFilled = (/** @type {number} */ count) => count > 0;
  const from = Math.max(0, buckets.findIndex(isFilled));
  const to = Math.max(from, buckets.findLastIndex(isFilled));
  const spare = Math.max(0, minBuckets - (to - from + 1));
  const first = Math.max(0, Math.min(from - Math.floor(spare / 2), buckets.length - minBuckets));
  return { first, last: Math.max(to, first + minBuckets - 1) };
}

/**
 * Names the bounds of a bucket: `2 ms to 5 ms`.
 * @param {number} index
 */
export function describeBucket(index) {
  const from = bucketMs[index - 1] ?? 0;
  const to = bucketMs[index] ?? Infinity;
  return to === Infinity
    ? `over ${formatScale(from)}`
    : `${formatScale(from)} to ${formatScale(to)}`;
}
