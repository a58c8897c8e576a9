/** The places of a message that are filled in when it is sent; any other is left as it is. */
const places = /\{\{(n|now|uuid|random:(\d{1,5}))\}\}/g;

/** 64 of them, so that each is as likely as the others. */
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The most characters of `{{random:n}}`, which is as much as a browser makes at once. */
const maxRandom = 65_536;

/**
 * Fills in `{{n}}`, the number of the message, `{{now}}`, `{{uuid}}` and `{{random:16}}`.
 * @param {string} template
 * @param {{ n: number, now: Date }} values
 */
export function fillIn(template, { n, now }) {
  return template.replace(places, (place, name, length) => {
    if (name === "n") return `${n}`;
    if (name === "now") return now.toISOString();
    if (name === "uuid") return makeUuid();
    return Number(length) > maxRandom ? place : makeRandom(Number(length));
  });
}

/**
 * Tells whether a message has places that fillIn() fills.
 * @param {string} template
 */
export function hasPlaces(template) {
  return template.search(places) >= 0;
}

/** Makes a random UUID; `crypto.randomUUID()` is missing over plain http beyond localhost. */
function makeUuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40; // version 4: RFC 9562 §5.4
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/**
 * Makes random letters and digits.
 * @param {number} length
 */
function makeRandom(length) {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => alphabet[byte & 63]).join("");
}
