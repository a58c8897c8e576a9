import { addInfo } from "./log.js";

/** @import { Target } from "./target.js" */
/** @import { Page } from "./page.js" */

/** The time and the length to which the server's reason for a refused handshake is limited. */
const explainMs = 5000;
const maxExplainedChars = 500;

const whyCut =
  "The server, a proxy or the network cut the connection, or the browser found a breach of the protocol: it does not tell which.";

/**
 * Logs why a connection ended or was not made. Browsers hide the reason for the latter; a page of
 * the same server may ask it.
 * @param {Page} page
 * @param {boolean} wasOpen
 */
export async function explainEnd(page, wasOpen) {
  const { target, listening } = page.connection;
  if (!target) return;
  const explanation = wasOpen ? whyCut : ((await askWhy(target.url)) ?? guessWhy(target));
  // Another connection has begun meanwhile, and nobody asks about this one any more.
  if (!listening.signal.aborted) addInfo(page, explanation, true);
}

/**
 * Asks the server by a plain request why it accepted no WebSocket; returns undefined if the page
 * may not ask.
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
      return `The address takes WebSockets (${status}), so this handshake was refused, or the connection was cut right after it.`;
    }
    const text = (await response.text()).trim().slice(0, maxExplainedChars);
    const answer = text.startsWith(status) ? text : `${status}\n${text}`;
    return `A plain request for this address is answered with:\n${answer}`;
  } catch {
    return "The server does not answer a plain request either: it may be down.";
  }
}

/**
 * Lists the possible reasons why a browser made no WebSocket.
 * @param {Target} target
 */
function guessWhy({ url, protocols }) {
  const causes = [
    "nothing listens there",
    "the answer was not that of a WebSocket",
    "the connection was cut right after it",
  ];
  if (url.startsWith("wss:")) causes.push("the browser does not trust the certificate");
  if (protocols.length > 0) causes.push("it took none of the subprotocols");
  if (location.protocol === "https:" && url.startsWith("ws:")) {
    causes.push("a page on https may only open wss");
  }
  return `No WebSocket was made, and the browser hides why: ${causes.join(", or ")}.`;
}
