/** Writes whole numbers with separators: `1,843,201`. */
export const wholeNumber = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/**
 * Writes a local time to the millisecond. Intl would cost more than the rest of a row.
 * @param {Date} time
 */
export function formatTime(time) {
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map((n) => pad(n, 2));
  return `${clock.join(":")}.${pad(time.getMilliseconds(), 3)}`;
}

/**
 * @param {number} value
 * @param {number} digits
 */
function pad(value, digits) {
  return String(value).padStart(digits, "0");
}

/**
 * Writes a duration to a tenth of a millisecond, which is as fine as browsers tell the time.
 * @param {number | undefined} ms
 */
export function formatMs(ms) {
  if (ms === undefined) return "–";
  if (ms < 0.1) return "<0.1 ms";
  if (ms < 99.95) return `${ms.toFixed(1)} ms`;
  return ms < 9999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/**
 * Writes a round figure of a scale: `0.5 ms`, `2 s`.
 * @param {number} ms
 */
export function formatScale(ms) {
  return ms >= 1000 ? `${ms / 1000} s` : `${Number(ms.toPrecision(3))} ms`;
}
