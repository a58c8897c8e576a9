/** @typedef {{ kind: "target", url: string, protocols: string[] }} Target */

/** A token by RFC 9110 §5.6.2; a subprotocol has to be one (RFC 6455 §4.1). */
const token = /^[!#$%&'*+\-.^_`|~\w]+$/;

/**
 * Returns why an address cannot be that of a WebSocket, or undefined.
 * @param {string} url
 */
export function findUrlFault(url) {
  if (!/^wss?:\/\//i.test(url)) return "A WebSocket URL starts with ws:// or wss://.";
  // RFC 6455 §3
  if (url.includes("#")) return "A WebSocket URL has no #fragment.";
  // Chrome takes a space in a host for a part of its name.
  if (/\s/.test(url)) return "A URL has no spaces.";
  if (!URL.canParse(url)) return "This is not a valid URL: check the host and the port.";
  return undefined;
}

/**
 * Splits a list of subprotocols at its commas; empty names are left out.
 * @param {string} list
 */
export function splitProtocols(list) {
  const names = list.split(",").map((name) => name.trim());
  return names.filter((name) => name !== "");
}

/**
 * Returns why these names cannot be offered as subprotocols, or undefined.
 * @param {string[]} protocols
 */
export function findProtocolFault(protocols) {
  const odd = protocols.find((name) => !token.test(name));
  if (odd) return `“${odd}” cannot name a subprotocol: no spaces, quotes, slashes or brackets.`;
  const twice = protocols.find((name, index) => protocols.indexOf(name) !== index);
  if (twice) return `The subprotocol “${twice}” is named twice.`;
  return undefined;
}
