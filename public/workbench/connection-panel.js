import { findCodeFault, findReasonFault } from "./close-codes.js";
import { setLabel } from "./elements.js";
import { findProtocolFault, findUrlFault, splitProtocols } from "./target.js";

/** @import { Elements } from "./elements.js" */
/** @import { Invalid } from "./field-error.js" */
/** @import { Page } from "./page.js" */
/** @import { Target } from "./target.js" */

/** @typedef {"disconnected" | "connecting" | "connected" | "closing" | "waiting"} ConnectionState */

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

/** The label of the button that leaves a state. */
const leaveLabels = {
  disconnected: "Disconnect",
  connecting: "Cancel",
  connected: "Disconnect",
  closing: "Give up",
  waiting: "Cancel",
};

/**
 * Reads the target from the fields, or says what is wrong with them.
 * @param {Elements} ui
 * @returns {Target | Invalid}
 */
export function readTarget(ui) {
  const url = ui.url.value.trim();
  const urlFault = findUrlFault(url);
  if (urlFault) return { kind: "invalid", field: ui.url, text: urlFault };
  const protocols = splitProtocols(ui.protocols.value);
  const protocolFault = findProtocolFault(protocols);
  if (protocolFault) return { kind: "invalid", field: ui.protocols, text: protocolFault };
  return { kind: "target", url, protocols };
}

/**
 * Reads the code and the reason to close with, or says what is wrong with them.
 * @param {Elements} ui
 * @returns {{ kind: "wish", code: number, reason: string } | Invalid}
 */
export function readCloseWish({ closeCode, closeReason }) {
  const code = Number(closeCode.value.trim() || 1000);
  const codeFault = findCodeFault(code);
  if (codeFault) return { kind: "invalid", field: closeCode, text: codeFault };
  const reason = closeReason.value;
  const reasonFault = findReasonFault(reason);
  if (reasonFault) return { kind: "invalid", field: closeReason, text: reasonFault };
  return { kind: "wish", code, reason };
}

/**
 * Shows a state of the connection; only this function decides which buttons can be pressed in it.
 * @param {Page} page
 * @param {ConnectionState} state
 * @param {string} [detail] the negotiated extensions, or the end of the connection
 */
export function setState(page, state, detail = "") {
  const { ui } = page;
  page.connection.state = state;
  ui.state.textContent = stateNames[state];
  ui.state.dataset.state = state;
  ui.stateDetail.textContent = detail;
  ui.stateDetail.title = detail;
  showConnectButton(page);
  const hadFocus = document.activeElement === ui.disconnect;
  ui.disconnect.disabled = state === "disconnected";
  setLabel(ui.disconnect, leaveLabels[state]);
  // A disabled button loses the focus, and the next key would go to nobody.
  if (hadFocus && ui.disconnect.disabled) ui.connect.focus();
  for (const button of [ui.send, ui.repeat, ui.burstStart]) button.disabled = state !== "connected";
  document.title = state === "disconnected" ? pageTitle : `${stateNames[state]} · ${pageTitle}`;
}

/**
 * Shows the Connect button: not prominent while connected, unless the fields name another target.
 * @param {Page} page
 */
export function showConnectButton({ ui, connection }) {
  const { state, target } = connection;
  const isChanged =
    ui.url.value.trim() !== target?.url ||
    `${splitProtocols(ui.protocols.value)}` !== `${target.protocols}`;
  setLabel(ui.connect, connectLabels[state]);
  ui.connect.disabled = state === "connecting" || state === "closing";
  ui.connect.classList.toggle("primary", state !== "connected" || isChanged);
  ui.connect.title = state === "connected" && isChanged ? "The address was changed" : "";
}

/**
 * Shows beside their heading what is in the fields that may be folded away.
 * @param {Elements} ui
 */
export function showOptions({ protocols, closeCode, optionsSummary }) {
  const names = splitProtocols(protocols.value).join(", ");
  optionsSummary.textContent = [names, closeCode.value.trim()].filter(Boolean).join(" · ");
}
