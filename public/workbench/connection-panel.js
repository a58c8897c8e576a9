import { maxReasonBytes } from "./endings.js";
import { encoder } from "./message.js";

/** @import { Elements } from "./elements.js" */
/** @import { Invalid } from "./field-error.js" */
/** @import { Page } from "./page.js" */

/** @typedef {"disconnected" | "connecting" | "connected" | "closing" | "waiting"} ConnectionState */
/** @typedef {{ kind: "target", url: string, protocols: string[] }} Target */

/** RFC 9110 §5.6.2; a subprotocol is a token (RFC 6455 §4.1). */
const token = /^[!#$%&'*+\-.^_`|~\w]+$/;
const pageTitle = "WebSocket workbench";
const stateNames = {
  disconnected: "Disconnected",
  connecting: "Connecting…",
  connected: "Connected",
  closing: "Closing…",
  waiting: "Reconnecting…",
};
const connectLabels = {
  disconnected: "Connect",
  connecting: "Connect",
  connected: "Reconnect",
  closing: "Reconnect",
  waiting: "Connect now",
};

/**
 * @param {Elements} ui
 * @returns {Target | Invalid}
 */
export function readTarget(ui) {
  const url = ui.url.value.trim();
  const urlFault = findUrlFault(url);
  if (urlFault) return { kind: "invalid", field: ui.url, text: urlFault };
  const protocols = readProtocols(ui);
  const protocolFault = findProtocolFault(protocols);
  if (protocolFault) return { kind: "invalid", field: ui.protocols, text: protocolFault };
  return { kind: "target", url, protocols };
}

/** @param {Elements} ui */
function readProtocols({ protocols }) {
  const names = protocols.value.split(",").map((name) => name.trim());
  return names.filter((name) => name !== "");
}

/** @param {string} url */
function findUrlFault(url) {
  if (!/^wss?:\/\//i.test(url)) return "A WebSocket URL starts with ws:// or wss://.";
  // RFC 6455 §3
  if (url.includes("#")) return "A WebSocket URL has no #fragment.";
  // Chrome takes a space in a host for a part of its name.
  if (/\s/.test(url)) return "A URL has no spaces.";
  if (!URL.canParse(url)) return "This is not a valid URL: check the host and the port.";
  return undefined;
}

/** @param {string[]} protocols */
function findProtocolFault(protocols) {
  const odd = protocols.find((name) => !token.test(name));
  if (odd) return `“${odd}” cannot name a subprotocol: no spaces, quotes, slashes or brackets.`;
  const twice = protocols.find((name, index) => protocols.indexOf(name) !== index);
  if (twice) return `The subprotocol “${twice}” is named twice.`;
  return undefined;
}

/**
 * @param {Elements} ui
 * @returns {{ kind: "wish", code: number, reason: string } | Invalid}
 */
export function readCloseWish(ui) {
  const code = Number(ui.closeCode.value.trim() || 1000);
  if (code !== 1000 && !(Number.isInteger(code) && code >= 3000 && code <= 4999)) {
    const text = "A page may close with 1000 or with 3000 to 4999; the rest is the protocol's.";
    return { kind: "invalid", field: ui.closeCode, text };
  }
  const reason = ui.closeReason.value;
  const reasonBytes = encoder.encode(reason).length;
  if (reasonBytes > maxReasonBytes) {
    const text = `A reason has room for ${maxReasonBytes} bytes; this one has ${reasonBytes}.`;
    return { kind: "invalid", field: ui.closeReason, text };
  }
  return { kind: "wish", code, reason };
}

/**
 * The one place that says what may be pressed in which state.
 * @param {Page} page
 * @param {ConnectionState} state
 * @param {string} [detail] what was negotiated, or how it ended
 */
export function setState(page, state, detail = "") {
  const { ui } = page;
  page.connection.state = state;
  ui.state.textContent = stateNames[state];
  ui.state.dataset.state = state;
  ui.stateDetail.textContent = detail;
  ui.stateDetail.title = detail;
  showConnectButton(page);
  ui.disconnect.disabled = state === "disconnected" || state === "closing";
  ui.disconnect.textContent =
    state === "connecting" || state === "waiting" ? "Cancel" : "Disconnect";
  for (const button of [ui.send, ui.repeat, ui.burstStart]) button.disabled = state !== "connected";
  document.title = state === "disconnected" ? pageTitle : `${stateNames[state]} · ${pageTitle}`;
}

/**
 * While connected it stands back, unless the fields say something else than what is connected to.
 * @param {Page} page
 */
export function showConnectButton({ ui, connection }) {
  const { state, target } = connection;
  const isChanged =
    ui.url.value.trim() !== target?.url || `${readProtocols(ui)}` !== `${target.protocols}`;
  ui.connect.textContent = connectLabels[state];
  ui.connect.disabled = state === "connecting" || state === "closing";
  ui.connect.classList.toggle("primary", state !== "connected" || isChanged);
  ui.connect.title = state === "connected" && isChanged ? "The address was changed" : "";
}
