import { addInfo } from "./log.js";

/** @import { Target } from "./connection-panel.js" */
/** @import { Page } from "./page.js" */

/** RFC 6455 §5.5: a control frame carries 125 bytes, two of which are the close code. */
export const maxReasonBytes = 123;
/** How long a server may take to say why it refused a handshake, and how much of that is shown. */
const explainMs = 5000;
const maxExplainedChars = 500;
/** RFC 6455 §7.4.1 and the IANA WebSocket Close Code Number Registry. */
const closeMeanings = new Map([
  [1000, "normal closure"],
  [1001, "going away: the server shuts down or the page was left"],
  [1002, "protocol error"],
  [1003, "unsupported data: a type of message the peer does not take"],
  [1004, "reserved"],
  [1005, "no status: the Close frame carried no code"],
  [1006, "abnormal closure"],
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
 * What a close code means, in words: RFC 6455 §7.4 and the IANA registry.
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
 * Browsers hide why a WebSocket was not made. Where the page is of the same server it may ask.
 * @param {Page} page
 * @param {boolean} wasOpen
 */
export async function explainEnd(page, wasOpen) {
  const { target } = page.connection;
  if (!target) return;
  const explanation = wasOpen
    ? "The connection ended without a Close frame: the server may be down, or a proxy cut it."
    : ((await askWhy(target.url)) ?? guessWhy(target));
  addInfo(page, explanation, true);
}

/**
 * What the server answers to a plain request for this address, if that tells anything.
 * @param {string} address
 */
async function askWhy(address) {
  const url = new URL(address.replace(/^ws/i, "http"));
  if (url.origin !== location.origin) return undefined;
  try {
    const signal = AbortSignal.timeout(explainMs);
    const response = await fetch(url, { headers: { Accept: "text/plain" }, signal });
    const status = `${response.status} ${response.statusText}`.trim();
    if (response.ok) {
      await response.body?.cancel(); // it may be a file of gigabytes
      return `The address answers a plain request with ${status}: it takes no WebSockets.`;
    }
    if (response.status === 426) {
      return `The address takes WebSockets (${status}), so it was this handshake that was refused.`;
    }
    const text = (await response.text()).trim().slice(0, maxExplainedChars);
    const answer = text.startsWith(status) ? text : `${status}\n${text}`;
    return `A plain request for this address is answered with:\n${answer}`;
  } catch {
    return "The server does not answer a plain request either: it may be down.";
  }
}

/** @param {Target} target */
function guessWhy({ url, protocols }) {
  const causes = ["nothing listens there", "the server or a proxy refused the handshake"];
  if (protocols.length > 0) causes.push("it took none of the subprotocols");
  if (location.protocol === "https:" && url.startsWith("ws:")) {
    causes.push("a page on https may only open wss");
  }
  return `No WebSocket was made, and the browser hides why: ${causes.join(", or ")}.`;
}
