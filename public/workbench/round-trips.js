import { isSame } from "./message.js";

/** @import { Message } from "./message.js" */

/** @typedef {{ at: number, low: number, high: number, sum: number, count: number }} Point */

/** @typedef {ReturnType<typeof createRoundTrips>} RoundTrips */

/** The most messages that wait for an echo; a peer that does not echo never answers them. */
const maxUnanswered = 1000;
/** The samples of the percentiles: the last echoes, so that they follow a change of conditions. */
const maxSamples = 1000;
/** A point of the curve stands for the echoes of this time, and so many points are shown. */
const pointMs = 100;
const maxPoints = 120;
/** The upper ends of the histogram's buckets. */
export const bucketMs = [
  0.1,
  0.2,
  0.5,
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  1000,
  2000,
  5000,
  Infinity,
];

/** Makes an empty record of round trips. */
export function createRoundTrips() {
  return {
    unanswered: /** @type {{ message: Message, sentAt: number }[]} */ ([]),
    /** A ring of the last samples, in ms. */
    samples: /** @type {number[]} */ ([]),
    count: 0,
    last: /** @type {number | undefined} */ (undefined),
    max: 0,
    /** The points of the curve, the last of which may still grow. */
    points: /** @type {Point[]} */ ([]),
    /** The number of echoes in each bucket. */
    buckets: bucketMs.map(() => 0),
  };
}

/**
 * Notes a message whose echo is to be timed.
 * @param {RoundTrips} roundTrips
 * @param {Message} message
 * @param {number} sentAt
 */
export function expectEcho(roundTrips, message, sentAt) {
  roundTrips.unanswered.push({ message, sentAt });
  if (roundTrips.unanswered.length > maxUnanswered) roundTrips.unanswered.shift();
}

/**
 * Returns the round-trip time of a received message in ms, or undefined if it is not an echo.
 * Echoes keep the order, so messages sent before the answered one will not be answered any more.
 * @param {RoundTrips} roundTrips
 * @param {Message} message
 * @param {number} receivedAt
 */
export function takeEcho(roundTrips, message, receivedAt) {
  const { unanswered } = roundTrips;
  const index = unanswered.findIndex((sent) => isSame(sent.message, message));
  const sent = unanswered[index];
  if (!sent) return undefined;
  unanswered.splice(0, index + 1);
  const ms = receivedAt - sent.sentAt;
  recordRoundTrip(roundTrips, ms, receivedAt);
  return ms;
}

/**
 * Tells whether the echo of this message is still to come.
 * @param {RoundTrips} roundTrips
 * @param {Message} message
 */
export function isUnanswered({ unanswered }, message) {
  return unanswered.some((sent) => isSame(sent.message, message));
}

/**
 * Adds a time to the samples, to its bucket and to the curve.
 * @param {RoundTrips} roundTrips
 * @param {number} ms
 * @param {number} at
 */
export function recordRoundTrip(roundTrips, ms, at) {
  roundTrips.samples[roundTrips.count % maxSamples] = ms;
  roundTrips.count += 1;
  roundTrips.last = ms;
  roundTrips.max = Math.max(roundTrips.max, ms);
  const bucket = bucketMs.findIndex((end) => ms <= end);
  roundTrips.buckets[bucket] = (roundTrips.buckets[bucket] ?? 0) + 1;
  addToPoints(roundTrips.points, ms, at);
}

/**
 * Adds a time to the last point of the curve, or begins the next point.
 * @param {Point[]} points
 * @param {number} ms
 * @param {number} at
 */
function addToPoints(points, ms, at) {
  const last = points.at(-1);
  if (!last || at - last.at >= pointMs) {
    points.push({ at, low: ms, high: ms, sum: ms, count: 1 });
    if (points.length > maxPoints) points.shift();
    return;
  }
  last.low = Math.min(last.low, ms);
  last.high = Math.max(last.high, ms);
  last.sum += ms;
  last.count += 1;
}

/**
 * Returns the nearest-rank percentile, or undefined without samples.
 * @param {ArrayLike<number>} sorted
 * @param {number} percent
 */
export function percentile(sorted, percent) {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
}
