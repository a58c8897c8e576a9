import { formatMs, wholeNumber } from "./format.js";
import { isEqual } from "./message.js";
import { percentile } from "./round-trips.js";
import { formatSize } from "./size.js";

/** @import { Data, Message } from "./message.js" */

/**
 * The messages that a burst is to send. Without a number in flight the socket is kept busy: that measures
 * throughput, and a round trip is mostly the wait for its turn. With one it measures latency.
 * @typedef {object} Plan
 * @property {"plan"} kind
 * @property {number} count
 * @property {number} size in bytes
 * @property {number} rate a second; Infinity for what the socket takes
 * @property {number} flight the most messages whose echoes are still to come; may be Infinity
 * @property {Message["type"]} type
 */

/**
 * The messages are made when they are sent and made again when their echoes come, so none is kept.
 * @typedef {object} Burst
 * @property {Plan} plan
 * @property {boolean} isCompressed permessage-deflate was agreed on
 * @property {string} seed
 * @property {Uint8Array<ArrayBuffer>} pool random bytes
 * @property {string} text the same as printable ASCII
 * @property {Float64Array} times when each message was sent; once its echo is there, how long that took
 * @property {number} startedAt
 * @property {number} sent
 * @property {number} received
 * @property {number} wrong echoes that differ from the message sent in their place
 * @property {number | undefined} firstWrong
 * @property {{ at: number, received: number, perSecond: number }} window
 * @property {number | undefined} timer
 */

/** Each message of a burst is another window into the same random bytes, so that they all differ. */
const poolSlackBytes = 4096;

/**
 * The most messages in flight if neither the rate nor their number is limited. Echoes that wait for the
 * page keep it from being drawn: ten thousand for 0.1 s. More than these make nothing faster.
 */
const maxAhead = 2000;

/**
 * Writes a plan for people: `1,000 × 64 B text, as fast as they go`.
 * @param {Plan} plan
 */
export function describePlan(plan) {
  const { count, size, type } = plan;
  const limits = isUnlimited(plan) ? "as fast as they go" : describePace(plan);
  return `${wholeNumber.format(count)} × ${formatSize(size)} ${type}, ${limits}`;
}

/**
 * Tells whether neither the rate nor the number in flight is limited.
 * @param {Plan} plan
 */
function isUnlimited({ rate, flight }) {
  return rate === Infinity && flight === Infinity;
}

/**
 * Writes the limits of a plan for people: `at 50/s with 8 in flight`.
 * @param {Plan} plan
 */
function describePace({ rate, flight }) {
  const limits = [];
  if (rate !== Infinity) limits.push(`at ${wholeNumber.format(rate)}/s`);
  if (flight !== Infinity) limits.push(`with ${wholeNumber.format(flight)} in flight`);
  return limits.join(" ");
}

/**
 * Makes a burst that has sent nothing yet.
 * @param {Plan} plan
 * @param {{ seed: number, startedAt: number, isCompressed: boolean }} start the messages follow from the seed
 * @returns {Burst}
 */
export function createBurst(plan, { seed, startedAt, isCompressed }) {
  const pool = createPool(seed, plan.size + poolSlackBytes);
  return {
    plan,
    isCompressed,
    seed: seed.toString(16).padStart(8, "0"),
    pool,
    text: plan.type === "text" ? toPrintable(pool) : "",
    times: new Float64Array(plan.count),
    startedAt,
    sent: 0,
    received: 0,
    wrong: 0,
    firstWrong: undefined,
    window: { at: startedAt, received: 0, perSecond: 0 },
    timer: undefined,
  };
}

/**
 * Makes random bytes by Marsaglia's xorshift; the same seed makes the same bytes.
 * @param {number} seed
 * @param {number} size
 */
function createPool(seed, size) {
  const words = new Uint32Array(Math.ceil(size / 4));
  let word = seed || 1; // it never leaves 0
  for (let index = 0; index < words.length; index += 1) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    words[index] = word;
  }
  return new Uint8Array(words.buffer);
}

/**
 * Turns random bytes into printable ASCII.
 * @param {Uint8Array} bytes
 */
function toPrintable(bytes) {
  return new TextDecoder().decode(bytes.map((byte) => 32 + (byte % 95)));
}

/**
 * Makes the message with this index: the index, as far as there is room, and random bytes.
 * @param {Burst} burst
 * @param {number} index
 * @returns {Data}
 */
export function createContent({ plan, pool, text }, index) {
  // A multiple of 4 moves on through the pool, so that neighbours differ also where both are short.
  const offset = (index * 4) % poolSlackBytes;
  if (plan.type === "text") {
    const head = `${index}:`;
    return `${head}${text.slice(offset, offset + plan.size - head.length)}`.slice(0, plan.size);
  }
  const bytes = pool.slice(offset, offset + plan.size);
  if (plan.size >= 4) new DataView(bytes.buffer).setUint32(0, index);
  return bytes;
}

/**
 * Counts the messages of a burst that should have been sent by now.
 * @param {Burst} burst
 * @param {number} now
 */
export function countDue({ plan, startedAt, received }, now) {
  const ahead = isUnlimited(plan) ? maxAhead : plan.flight;
  const paced = 1 + Math.floor(((now - startedAt) / 1000) * plan.rate);
  // At no time is an unlimited rate 0 × Infinity.
  return Math.min(plan.count, received + ahead, Number.isNaN(paced) ? Infinity : paced);
}

/**
 * Returns how long the next message of a burst has to wait, in ms.
 * @param {Burst} burst
 * @param {number} now
 */
export function findPause({ plan, startedAt, sent }, now) {
  return Math.max(0, startedAt + (sent / plan.rate) * 1000 - now);
}

/**
 * Compares a received message with the one whose echo is due. A message of another type or size is
 * not an echo but something else, such as a tick.
 * @param {Burst} burst
 * @param {string | Uint8Array} data
 * @returns {"exact" | "altered" | "other"}
 */
export function compareEcho(burst, data) {
  if (burst.received === burst.sent) return "other";
  const sent = createContent(burst, burst.received);
  if (typeof sent !== typeof data || sent.length !== data.length) return "other";
  return isEqual(sent, data) ? "exact" : "altered";
}

/**
 * Notes that the next echo has come; returns how long it took, in ms.
 * @param {Burst} burst
 * @param {number} receivedAt
 */
export function takeTime(burst, receivedAt) {
  const ms = receivedAt - (burst.times[burst.received] ?? receivedAt);
  burst.times[burst.received] = ms;
  burst.received += 1;
  return ms;
}

/**
 * Writes the result of a burst for people, in three lines: the echoes and their faults, what was
 * measured, and the speed or the round trips besides.
 * @param {Burst} burst
 * @param {number} tookMs
 */
export function describeResult(burst, tookMs) {
  const { received, plan } = burst;
  const pace = describePace(plan);
  const perSecond = (received * 1000) / Math.max(tookMs, 0.1);
  const compression = burst.isCompressed ? "permessage-deflate" : "not compressed";
  const speed = `${describeSpeed(perSecond, plan.size)} · ${formatMs(tookMs)} · ${compression}`;
  const times = describeTimes(burst);
  const measured =
    pace === ""
      ? [`Throughput: ${speed}`, `Round trips, mostly the wait for their turn: ${times}`]
      : [`Latency ${pace}: ${times}`, speed];
  return [describeVerdict(burst), ...measured].join("\n");
}

/**
 * Writes how many echoes came, and which were wrong.
 * @param {Burst} burst
 */
function describeVerdict({ sent, received, wrong, firstWrong }) {
  const counts = `${wholeNumber.format(received)} of ${wholeNumber.format(sent)} echoes`;
  if (wrong === 0) return `${counts}, in order and byte-exact`;
  return `${counts}, ${wholeNumber.format(wrong)} of them wrong, the first is no. ${firstWrong}`;
}

/**
 * Writes the percentiles of a burst's round trips.
 * @param {Burst} burst
 */
function describeTimes({ times, received }) {
  const sorted = times.slice(0, received).sort();
  const percentiles = [50, 95, 99].map((rank) => `p${rank} ${formatMs(percentile(sorted, rank))}`);
  return `${percentiles.join(" · ")} · max ${formatMs(sorted.at(-1))}`;
}

/**
 * Writes a throughput for people: `1,000 messages/s · 0.064 MB/s`.
 * @param {number} perSecond
 * @param {number} size in bytes
 */
export function describeSpeed(perSecond, size) {
  const megabytes = (perSecond * size) / 1e6;
  const figure = megabytes < 10 ? Number(megabytes.toPrecision(2)) : wholeNumber.format(megabytes);
  return `${wholeNumber.format(Math.round(perSecond))} messages/s · ${figure} MB/s`;
}
