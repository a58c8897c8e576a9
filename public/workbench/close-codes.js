const encoder = new TextEncoder();

/** RFC 6455 §5.5: a control frame carries 125 bytes, two of which are the close code. */
const maxReasonBytes = 123;

/** Codes that stand for what no frame says, and so are in none (RFC 6455 §7.4.1). */
const madeUpCodes = [1005, 1006, 1015];

/** RFC 6455 §7.4.1 and the IANA WebSocket Close Code Number Registry. */
const closeMeanings = new Map([
  [1000, "normal closure"],
  [1001, "going away: the server shuts down or the page was left"],
  [1002, "protocol error"],
  [1003, "unsupported data: a type of message the peer does not take"],
  [1004, "reserved"],
  [1005, "no status: the Close frame carried no code"],
  [1006, "the browser saw no valid Close frame"],
  [1007, "invalid payload: for instance text that is not UTF-8"],
  [1008, "policy violation"],
  [1009, "message too big"],
  [1010, "the client needs an extension the server did not agree to"],
  [1011, "internal error of the server"],
  [1012, "service restart"],
  [1013, "try again later: the server is overloaded"],
  [1014, "bad gateway: a proxy got no valid answer from the server behind it"],
  [1015, "TLS handshake failed"],
  [3000, "unauthorized"],
  [3003, "forbidden"],
  [3008, "timeout"],
]);

/**
 * Returns the meaning of a close code in words: RFC 6455 §7.4 and the IANA registry.
 * @param {number} code
 */
export function describeCloseCode(code) {
  const meaning = closeMeanings.get(code);
  if (meaning) return meaning;
  if (code >= 4000 && code <= 4999) return "private use: the application gives it its meaning";
  if (code >= 3000 && code <= 3999) return "registered use: a library or framework defines it";
  if (code >= 1000 && code <= 2999) return "reserved for the protocol";
  return "not a valid close code";
}

/**
 * Writes the end of a connection for people: code, reason and meaning.
 * @param {{ code: number, reason: string }} end
 * @param {boolean} wasOpen
 */
export function describeEnd({ code, reason }, wasOpen) {
  const said = reason === "" ? "" : ` “${reason}”`;
  // Firefox takes these from a Close frame. Where none came there is no reason either.
  const isForbidden = madeUpCodes.includes(code) && reason !== "";
  const meaning = isForbidden ? "a code that no Close frame may carry" : describeCloseCode(code);
  return `${wasOpen ? "Closed" : "Not connected"}: ${code}${said} · ${meaning}`;
}

/**
 * Tells whether a code came in a Close frame of the peer: browsers make up the others for connections
 * that were not made or ended without one (RFC 6455 §7.1.5 and §7.4.1). `wasClean` does not tell:
 * it is false in Firefox if the connection ends right after the frame.
 * @param {number} code
 */
export function cameInCloseFrame(code) {
  return code !== 1006 && code !== 1015;
}

/**
 * Returns why a page may not close with this code, or undefined.
 * @param {number} code
 */
export function findCodeFault(code) {
  if (code === 1000 || (Number.isInteger(code) && code >= 3000 && code <= 4999)) return undefined;
  return "A page may close with 1000 or with 3000 to 4999; the rest is the protocol's.";
}

/**
 * Returns why a Close frame has no room for this reason, or undefined.
 * @param {string} reason
 */
export function findReasonFault(reason) {
  const bytes = encoder.encode(reason).length;
  if (bytes <= maxReasonBytes) return undefined;
  return `A reason has room for ${maxReasonBytes} bytes; this one has ${bytes}.`;
}
