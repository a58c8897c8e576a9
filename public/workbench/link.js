/** The fields that a link carries, by their names in it; a message is nobody else's business. */
const fieldIds = new Map([
  ["url", "url"],
  ["protocols", "protocols"],
  ["messages", "burst-count"],
  ["bytes", "burst-size"],
  ["rate", "burst-rate"],
  ["flight", "burst-flight"],
  ["as", "burst-type"],
]);

/** The characters that may stand in a fragment as they are, and are easier to read so (RFC 3986 §3.5). */
const plain = new Map([
  ["%3A", ":"],
  ["%2F", "/"],
  ["%3F", "?"],
  ["%2C", ","],
]);

/**
 * Writes a link to this page that carries the set-up. It is in the fragment, which no server gets to see.
 * @param {string} address of the page
 * @param {Record<string, string>} values of the fields, by id
 * @param {Record<string, string>} defaults of the same fields: a value that is one is left out
 * @example composeLink("http://h/test.html", { url: "ws://h/?delay=5" }, {}) // "http://h/test.html#url=ws://h/?delay%3D5"
 */
export function composeLink(address, values, defaults) {
  const parts = [...fieldIds]
    .filter(([, id]) => id in values && values[id] !== defaults[id])
    .map(([name, id]) => `${name}=${escapeValue(values[id] ?? "")}`);
  const [page = ""] = address.split("#", 1);
  return parts.length === 0 ? page : `${page}#${parts.join("&")}`;
}

/**
 * Reads the fields that a fragment carries, by id; returns undefined if it carries none.
 * @param {string} fragment with its `#`, or empty
 * @param {Record<string, string>} defaults of all fields that a link may carry
 * @returns {Record<string, string> | undefined}
 */
export function readLink(fragment, defaults) {
  const named = new URLSearchParams(fragment.slice(1));
  if (![...fieldIds.keys()].some((name) => named.has(name))) return undefined;
  const fields = [...fieldIds].map(([name, id]) => [id, named.get(name) ?? defaults[id] ?? ""]);
  return Object.fromEntries(fields);
}

/**
 * Escapes as little as a fragment needs.
 * @param {string} value
 */
function escapeValue(value) {
  const escaped = encodeURIComponent(value.toWellFormed());
  return escaped.replace(/%(?:3A|2F|3F|2C)/g, (code) => plain.get(code) ?? code);
}
