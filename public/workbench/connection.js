import { endBurst } from "./burst-panel.js";
import {
  readCloseWish,
  readTarget,
  setState,
  showConnectButton,
  showOptions,
} from "./connection-panel.js";
import { cameInCloseFrame, describeEnd } from "./close-codes.js";
import { explainEnd } from "./explain.js";
import { clearError, showError } from "./field-error.js";
import { formatMs } from "./format.js";
import { addInfo } from "./log.js";
import { receive } from "./receive.js";
import { cancelRetry, scheduleRetry } from "./reconnect.js";
import { stopRepeat } from "./repeat.js";

/** @import { ConnectionState } from "./connection-panel.js" */
/** @import { Page } from "./page.js" */
/** @import { Target } from "./target.js" */

/** @typedef {ReturnType<typeof createConnection>} Connection */

/** A connection that lasted this long (ms) was a good one: the next back-off starts afresh. */
const settledMs = 5000;
const touchScreen = matchMedia("(pointer: coarse)");

/** Makes the state of a connection that is not asked for yet. */
export function createConnection() {
  return {
    state: /** @type {ConnectionState} */ ("disconnected"),
    socket: /** @type {WebSocket | undefined} */ (undefined),
    target: /** @type {Target | undefined} */ (undefined),
    /** The target to connect to once the present connection has closed. */
    next: /** @type {Target | undefined} */ (undefined),
    /** Aborted when the present socket has ended or was given up: nothing it does counts any more. */
    listening: new AbortController(),
    startedAt: 0,
    openedAt: /** @type {number | undefined} */ (undefined),
    /** The messages so far whose places were filled in; the number in the last of them. */
    filled: 0,
    /** To be done once the connection is made. */
    whenOpen: /** @type {(() => void) | undefined} */ (undefined),
    /** The user has asked for the end, so the page does not reconnect. */
    isLeaving: false,
    retries: 0,
    retryTimer: /** @type {number | undefined} */ (undefined),
  };
}

/**
 * Wires the form of the connection.
 * @param {Page} page
 */
export function wireConnection(page) {
  const { ui } = page;
  ui.connectionForm.addEventListener("submit", (event) => {
    event.preventDefault();
    connectTo(page, undefined);
  });
  ui.disconnect.addEventListener("click", () => disconnect(page));
  ui.reconnect.addEventListener("change", () => {
    if (!ui.reconnect.checked) cancelRetry(page);
  });
  for (const field of [ui.url, ui.protocols]) {
    field.addEventListener("input", () => onTargetChange(page));
  }
  for (const field of [ui.closeCode, ui.closeReason]) {
    field.addEventListener("input", () => onOptionChange(page));
  }
}

/**
 * Clears the fault of a field, and shows what is in the folded ones.
 * @param {Page} page
 */
function onOptionChange(page) {
  clearError(page);
  showOptions(page.ui);
}

/**
 * Clears the fault of the former address, and gives up a wait to reconnect to it.
 * @param {Page} page
 */
export function onTargetChange(page) {
  onOptionChange(page);
  // A retry would go to the old address, or to a half-typed one: nobody wants either any more.
  cancelRetry(page);
  showConnectButton(page);
}

/**
 * Connects to the target in the fields, or says what is wrong with them. An open connection is
 * closed first.
 * @param {Page} page
 * @param {(() => void) | undefined} whenOpen to be done once the connection is made
 */
export function connectTo(page, whenOpen) {
  const { connection, ui } = page;
  if (connection.state === "connecting" || connection.state === "closing") return;
  clearError(page);
  const target = readTarget(ui);
  if (target.kind === "invalid") return showError(page, target);
  cancelRetry(page);
  connection.retries = 0;
  connection.whenOpen = whenOpen;
  if (connection.state !== "connected") return openTarget(page, target);
  connection.next = target;
  leave(page, 1000, "");
}

/**
 * Logs the target of a connection, and opens it.
 * @param {Page} page
 * @param {Target} target
 */
function openTarget(page, target) {
  addInfo(page, `Connecting to ${target.url}`);
  openSocket(page, target);
}

/**
 * Makes a WebSocket, or says why the browser refuses to.
 * @param {Page} page
 * @param {Target} target
 */
function openSocket(page, target) {
  const { connection } = page;
  let socket;
  try {
    socket = new WebSocket(target.url, target.protocols);
  } catch (error) {
    // A blocked port, or ws: from a page on https, depending on the browser.
    setState(page, "disconnected");
    return showError(page, { kind: "invalid", field: page.ui.url, text: `Refused: ${error}` });
  }
  socket.binaryType = "arraybuffer";
  connection.listening.abort();
  connection.listening = new AbortController();
  const { signal } = connection.listening;
  socket.addEventListener("open", () => opened(page, socket), { signal });
  socket.addEventListener("message", (event) => receive(page, event.data), { signal });
  // No "error" listener: that event says nothing, and "close" always follows it.
  socket.addEventListener("close", (event) => closed(page, event), { signal });
  connection.socket = socket;
  connection.target = target;
  connection.next = undefined;
  connection.startedAt = performance.now();
  connection.openedAt = undefined;
  connection.filled = 0;
  connection.isLeaving = false;
  setState(page, "connecting");
}

/**
 * Logs the subprotocol and the extensions, and makes the page ready to send.
 * @param {Page} page
 * @param {WebSocket} socket
 */
function opened(page, socket) {
  const { connection, ui } = page;
  connection.openedAt = performance.now();
  const facts = [`Connected in ${formatMs(connection.openedAt - connection.startedAt)}`];
  if (socket.protocol) facts.push(`subprotocol ${socket.protocol}`);
  if (socket.extensions) facts.push(socket.extensions);
  addInfo(page, facts.join(" · "));
  const hadFocus =
    document.activeElement === ui.connect || document.activeElement === document.body;
  setState(page, "connected", describeNegotiated(socket));
  // Ready to type, but not on touch screens, where the keyboard would jump up.
  if (hadFocus && !touchScreen.matches) ui.message.focus();
  connection.whenOpen?.();
  connection.whenOpen = undefined;
}

/**
 * Writes the subprotocol and the extensions for people.
 * @param {WebSocket} socket
 */
function describeNegotiated(socket) {
  const extensions = socket.extensions.split(",").map((extension) => extension.split(";", 1)[0]);
  return [socket.protocol, ...extensions].filter(Boolean).join(" · ");
}

/**
 * Leaves the present state: starts the closing handshake, or gives up whatever the page waits for.
 * @param {Page} page
 */
function disconnect(page) {
  const { connection, ui } = page;
  clearError(page);
  if (connection.state === "waiting") return cancelRetry(page);
  if (connection.state !== "connected") return giveUp(page);
  const wish = readCloseWish(ui);
  if (wish.kind === "invalid") return showError(page, wish);
  leave(page, wish.code, wish.reason);
}

/**
 * Starts the closing handshake, after which the page does not reconnect.
 * @param {Page} page
 * @param {number} code
 * @param {string} reason
 */
function leave(page, code, reason) {
  page.connection.isLeaving = true;
  page.connection.socket?.close(code, reason);
  setState(page, "closing");
}

/**
 * Gives up an attempt to connect, or the wait for the server's Close. The browser ends the connection
 * by itself: it fires neither "open" nor "close" as long as the other side is silent.
 * @param {Page} page
 */
function giveUp(page) {
  const { connection } = page;
  const summary =
    connection.state === "closing"
      ? "Given up before the server's Close frame came."
      : "Given up before the connection was made.";
  connection.isLeaving = true;
  connection.listening.abort();
  connection.socket?.close();
  release(page, summary);
}

/**
 * Tells how the connection ended.
 * @param {Page} page
 * @param {CloseEvent} event
 */
function closed(page, event) {
  const { connection } = page;
  // Where a Close comes with the handshake, Firefox has no "open" event.
  const wasOpen = connection.openedAt !== undefined || cameInCloseFrame(event.code);
  const openMs = performance.now() - (connection.openedAt ?? Infinity);
  if (openMs >= settledMs) connection.retries = 0;
  const isBad = !cameInCloseFrame(event.code) && !connection.isLeaving;
  // Told once, not at every attempt to reconnect.
  const isNew = connection.retries === 0;
  release(page, describeEnd(event, wasOpen), isBad);
  if (isBad && isNew) explainEnd(page, wasOpen);
}

/**
 * Logs the end of the connection, ends everything that used it and goes on.
 * @param {Page} page
 * @param {string} summary
 * @param {boolean} [isBad]
 */
function release(page, summary, isBad = false) {
  page.connection.socket = undefined;
  page.roundTrips.unanswered = [];
  addInfo(page, summary, isBad);
  stopRepeat(page);
  endBurst(page, "The connection ended");
  goOn(page, summary);
}

/**
 * Goes on after the end of a connection: to the next one, to a wait for it, or to nothing.
 * @param {Page} page
 * @param {string} summary
 */
function goOn(page, summary) {
  const { connection, ui } = page;
  if (connection.next) return openTarget(page, connection.next);
  if (!connection.isLeaving && ui.reconnect.checked) {
    return scheduleRetry(page, summary, () => retry(page));
  }
  setState(page, "disconnected", summary);
}

/**
 * Reconnects to the same target.
 * @param {Page} page
 */
function retry(page) {
  page.connection.retryTimer = undefined;
  if (page.connection.target) openSocket(page, page.connection.target);
}
