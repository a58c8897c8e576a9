/**
 * The fields of the test bench, by which the query of an address asks the echo for faults.
 * @typedef {object} Wishes
 * @property {string} delay
 * @property {string} jitter
 * @property {string} close a close code
 * @property {string} reason of that close
 * @property {string} after
 * @property {boolean} drop
 * @property {string} greet
 * @property {string} every
 */

const names = ["delay", "jitter", "close", "after", "drop", "greet", "every"];

/**
 * Returns the address with these wishes in place of its own; the rest of its query stays. A wrong
 * value is kept, because the refusal of the server is worth a test, too.
 * @param {string} url
 * @param {Wishes} wishes
 */
export function withWishes(url, wishes) {
  const [address = "", ...rest] = url.split("?");
  const others = rest
    .join("?")
    .split("&")
    .filter((part) => part !== "" && !isWish(part));
  const query = [...others, ...composeParts(wishes)].join("&");
  return query === "" ? address : `${address}?${query}`;
}

/**
 * Reads the wishes in the query of an address; a field that it does not name is empty.
 * @param {string} url
 * @returns {Wishes}
 */
export function readWishes(url) {
  const query = readQuery(url);
  const [, close = "", reason = ""] = /^([^,]*),?(.*)$/s.exec(query.get("close") ?? "") ?? [];
  return {
    delay: query.get("delay") ?? "",
    jitter: query.get("jitter") ?? "",
    close,
    reason,
    after: query.get("after") ?? "",
    drop: query.has("drop"),
    greet: query.get("greet") ?? "",
    every: query.get("every") ?? "",
  };
}

/**
 * Writes the wishes of an address for people: `delay 20 · drop`.
 * @param {string} url
 */
export function describeWishes(url) {
  const wishes = [...readQuery(url)].filter(([name]) => names.includes(name));
  return wishes.map(([name, value]) => `${name} ${value}`.trim()).join(" · ");
}

/**
 * Writes wishes as parts of a query.
 * @param {Wishes} wishes
 */
function composeParts({ delay, jitter, close, reason, after, drop, greet, every }) {
  const code = close.trim();
  const values = {
    delay: delay.trim(),
    jitter: jitter.trim(),
    close: code && reason ? `${code},${reason}` : code,
    after: after.trim(),
    greet,
    every: every.trim(),
  };
  const parts = Object.entries(values)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}=${escapeValue(value)}`);
  return drop ? [...parts, "drop"] : parts;
}

/**
 * Escapes as little as a query needs, so that it stays readable.
 * @param {string} value
 */
function escapeValue(value) {
  return encodeURIComponent(value.toWellFormed()).replaceAll("%2C", ",");
}

/**
 * Tells whether a part of a query is a wish.
 * @param {string} part
 */
function isWish(part) {
  const [name = ""] = new URLSearchParams(part).keys();
  return names.includes(name);
}

/**
 * Reads the query of an address, which need not be valid.
 * @param {string} url
 */
function readQuery(url) {
  const start = url.indexOf("?");
  return new URLSearchParams(start < 0 ? "" : url.slice(start + 1));
}
