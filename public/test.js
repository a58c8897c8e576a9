// The WebSocket test page. Read it as it runs: start, connection, sending, receiving, round
// trips, log, drawing. All state is in one object, the page, made by createPage() and passed on.
// Sockets and keys change the state and ask for a frame; only drawing writes figures and rows,
// at most once a frame, so that a flood of messages costs no more than the screen can show.

/** @typedef {ReturnType<typeof createPage>} Page */
/** @typedef {ReturnType<typeof findElements>} Elements */
/** @typedef {"disconnected" | "connecting" | "connected" | "closing"} ConnectionState */
/** @typedef {{ kind: "target", url: string, protocols: string[] }} Target */
/** @typedef {{ kind: "invalid", field: HTMLElement, text: string }} Invalid */

/**
 * A message as the log keeps it: `size` counts all its bytes, `bytes` holds the first of them.
 * @typedef {{ type: "text" | "binary", size: number, bytes: Uint8Array }} Message
 */

/**
 * @typedef {object} Entry
 * @property {"sent" | "received" | "info"} direction
 * @property {Date} time
 * @property {Message} [message] absent on an info entry
 * @property {string} [text] what an info entry says
 * @property {boolean} [isBad]
 * @property {number} [roundTripMs] of a received echo
 * @property {HTMLElement} [row] once drawn
 * @property {boolean} [isOpen] shown at length
 */

/** Enough to scroll back through; more rows make the page slow before they make it useful. */
const maxEntries = 500;
/** All entries together: 500 messages of a megabyte would otherwise fill the tab's memory. */
const maxLogBytes = 32 * 1024 * 1024;
/** What is kept, and can be shown, of one message: laying out more takes seconds. */
const maxKeptBytes = 256 * 1024;
/** What a row shows at first. */
const previewBytes = 512;
const previewLines = 12;
/** What one message contributes to a copy of the whole log. */
const maxCopiedBytes = 16 * 1024;
const maxHistoryItems = 100;
const maxHistoryChars = 4 * 1024 * 1024;
/** A peer that does not echo leaves messages unanswered for ever. */
const maxUnanswered = 1000;
/** Percentiles are of the last echoes, so that they follow a change of conditions. */
const maxSamples = 1000;
/** A tab holds a file several times over while it sends it. */
const maxFileBytes = 256 * 1024 * 1024;
const firstRetryMs = 500;
const maxRetryMs = 15_000;
const maxRetries = 20;
/** A connection that lasted this long was a good one: the next back-off starts afresh. */
const settledMs = 5000;
/** More rows than this in one frame are too many to read aloud. */
const maxAnnouncedRows = 20;
/** RFC 6455 §5.5: a control frame carries 125 bytes, two of which are the close code. */
const maxReasonBytes = 123;
/** RFC 9110 §5.6.2; a subprotocol is a token (RFC 6455 §4.1). */
const token = /^[!#$%&'*+\-.^_`|~\w]+$/;
const hexSeparators = /[\s,:;]+/;

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

const stateNames = {
  disconnected: "Disconnected",
  connecting: "Connecting…",
  connected: "Connected",
  closing: "Closing…",
};
const arrows = { sent: "↑", received: "↓", info: "·" };

const encoder = new TextEncoder();
const wholeNumber = new Intl.NumberFormat("en");
/** Less width than this has no room for a hex dump of 16 bytes a line. */
const narrowScreen = matchMedia("(max-width: 1239px)");

start();

// ---------------------------------------------------------------------------------- start

function start() {
  const page = createPage();
  page.ui.url.value = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/websocket`;
  wireConnection(page);
  wireComposer(page);
  wireLog(page);
  setState(page, "disconnected");
  showFormat(page);
  requestDraw(page);
}

function createPage() {
  return {
    ui: findElements(),
    connection: {
      state: /** @type {ConnectionState} */ ("disconnected"),
      socket: /** @type {WebSocket | undefined} */ (undefined),
      target: /** @type {Target | undefined} */ (undefined),
      startedAt: 0,
      openedAt: /** @type {number | undefined} */ (undefined),
      /** The user asked for the end, so it is no reason to reconnect. */
      isLeaving: false,
      retries: 0,
      retryTimer: /** @type {number | undefined} */ (undefined),
    },
    history: {
      items: /** @type {{ format: string, text: string }[]} */ ([]),
      /** items.length stands for the draft. */
      position: 0,
      draft: { format: "text", text: "" },
    },
    counters: createCounters(),
    roundTrips: createRoundTrips(),
    log: {
      entries: /** @type {Entry[]} */ ([]),
      bytes: 0,
      dropped: 0,
      /** Rows of dropped entries, to be taken off the screen when nobody reads them. */
      stale: /** @type {HTMLElement[]} */ ([]),
      entryOf: /** @type {WeakMap<Element, Entry>} */ (new WeakMap()),
      isHex: false,
      follows: true,
      unseen: 0,
      scrollTop: 0,
    },
    frame: { isRequested: false, costMs: 0 },
  };
}

function createCounters() {
  return { sent: 0, sentBytes: 0, received: 0, receivedBytes: 0 };
}

function createRoundTrips() {
  return {
    unanswered: /** @type {{ message: Message, sentAt: number }[]} */ ([]),
    /** A ring of the last samples, in ms. */
    samples: /** @type {number[]} */ ([]),
    count: 0,
    last: /** @type {number | undefined} */ (undefined),
    max: 0,
  };
}

function findElements() {
  return {
    connectionForm: element("connection", HTMLFormElement),
    url: element("url", HTMLInputElement),
    protocols: element("protocols", HTMLInputElement),
    connect: element("connect", HTMLButtonElement),
    disconnect: element("disconnect", HTMLButtonElement),
    reconnect: element("reconnect", HTMLInputElement),
    closeOptions: element("close-options", HTMLDetailsElement),
    closeCode: element("close-code", HTMLInputElement),
    closeReason: element("close-reason", HTMLInputElement),
    state: element("state", HTMLElement),
    stateDetail: element("state-detail", HTMLElement),
    composer: element("composer", HTMLFormElement),
    messageField: element("message-field", HTMLElement),
    message: element("message", HTMLTextAreaElement),
    messageLabel: element("message-label", HTMLElement),
    messageHint: element("message-hint", HTMLElement),
    messageSize: element("message-size", HTMLOutputElement),
    fileField: element("file-field", HTMLElement),
    file: element("file", HTMLInputElement),
    format: element("format", HTMLSelectElement),
    send: element("send", HTMLButtonElement),
    error: element("error", HTMLElement),
    logView: element("log-view", HTMLElement),
    log: element("log", HTMLOListElement),
    logCount: element("log-count", HTMLElement),
    view: element("view", HTMLButtonElement),
    copy: element("copy", HTMLButtonElement),
    clear: element("clear", HTMLButtonElement),
    jump: element("jump", HTMLButtonElement),
    row: element("row", HTMLTemplateElement),
    reset: element("reset", HTMLButtonElement),
    rttCount: element("rtt-count", HTMLDataElement),
    rttLast: element("rtt-last", HTMLElement),
    rttP50: element("rtt-p50", HTMLElement),
    rttP95: element("rtt-p95", HTMLElement),
    rttMax: element("rtt-max", HTMLElement),
    sentCount: element("sent-count", HTMLDataElement),
    sentBytes: element("sent-bytes", HTMLDataElement),
    receivedCount: element("received-count", HTMLDataElement),
    receivedBytes: element("received-bytes", HTMLDataElement),
    buffered: element("buffered", HTMLElement),
  };
}

/**
 * The element with this id, of this class; throws if test.html has no such element.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
function element(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`test.html has no ${type.name} #${id}`);
  return found;
}

// ----------------------------------------------------------------------------- connection

/** @param {Page} page */
function wireConnection(page) {
  const { ui } = page;
  ui.connectionForm.addEventListener("submit", (event) => {
    event.preventDefault();
    connect(page);
  });
  ui.disconnect.addEventListener("click", () => disconnect(page));
  ui.reconnect.addEventListener("change", () => {
    if (!ui.reconnect.checked) cancelRetry(page);
  });
  for (const field of [ui.url, ui.protocols]) {
    field.addEventListener("input", () => {
      clearError(page);
      // A retry goes to the old address, or to a half-typed one: neither is meant any more.
      cancelRetry(page);
    });
  }
  ui.closeCode.addEventListener("input", () => clearError(page));
  ui.closeReason.addEventListener("input", () => clearError(page));
}

/**
 * Connects to what the fields say, or says what is wrong with them.
 * @param {Page} page
 */
function connect(page) {
  if (page.connection.state !== "disconnected") return;
  clearError(page);
  const target = readTarget(page.ui);
  if (target.kind === "invalid") return showError(page, target);
  cancelRetry(page);
  page.connection.retries = 0;
  addInfo(page, `Connecting to ${target.url}`);
  openSocket(page, target);
}

/**
 * @param {Elements} ui
 * @returns {Target | Invalid}
 */
function readTarget(ui) {
  const url = ui.url.value.trim();
  const urlFault = findUrlFault(url);
  if (urlFault) return { kind: "invalid", field: ui.url, text: urlFault };
  const protocols = ui.protocols.value
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const protocolFault = findProtocolFault(protocols);
  if (protocolFault) return { kind: "invalid", field: ui.protocols, text: protocolFault };
  return { kind: "target", url, protocols };
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
    return showError(page, { kind: "invalid", field: page.ui.url, text: `Refused: ${error}` });
  }
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", () => opened(page, socket));
  socket.addEventListener("message", (event) => receive(page, event.data));
  // No "error" listener: that event says nothing, and "close" always follows it.
  socket.addEventListener("close", (event) => closed(page, event));
  connection.socket = socket;
  connection.target = target;
  connection.startedAt = performance.now();
  connection.openedAt = undefined;
  connection.isLeaving = false;
  setState(page, "connecting");
}

/**
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
  if (hadFocus && !matchMedia("(pointer: coarse)").matches) ui.message.focus();
}

/** @param {WebSocket} socket */
function describeNegotiated(socket) {
  const extensions = socket.extensions.split(",").map((extension) => extension.split(";", 1)[0]);
  return [socket.protocol, ...extensions].filter(Boolean).join(" · ");
}

/**
 * Starts the closing handshake, or gives up an attempt to connect.
 * @param {Page} page
 */
function disconnect(page) {
  const { connection, ui } = page;
  clearError(page);
  const wish = readCloseWish(ui);
  if (wish.kind === "invalid") {
    ui.closeOptions.open = true;
    return showError(page, wish);
  }
  connection.isLeaving = true;
  connection.socket?.close(wish.code, wish.reason);
  setState(page, "closing");
}

/**
 * @param {Elements} ui
 * @returns {{ kind: "wish", code: number, reason: string } | Invalid}
 */
function readCloseWish(ui) {
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
 * @param {Page} page
 * @param {CloseEvent} event
 */
function closed(page, event) {
  const { connection, ui } = page;
  const wasOpen = connection.openedAt !== undefined;
  if (wasOpen && performance.now() - Number(connection.openedAt) >= settledMs) {
    connection.retries = 0;
  }
  connection.socket = undefined;
  page.roundTrips.unanswered = [];
  const summary = describeEnd(page, event, wasOpen);
  // Told once, not at every attempt to reconnect.
  const isExpected = connection.isLeaving || connection.retries > 0;
  const hint = isExpected ? undefined : findCloseHint(event, wasOpen, connection.target);
  const isBad = !event.wasClean && !connection.isLeaving;
  addEntry(page, {
    direction: "info",
    time: new Date(),
    text: hint ? `${summary}\n${hint}` : summary,
    isBad,
  });
  setState(page, "disconnected", summary);
  if (!connection.isLeaving && ui.reconnect.checked) scheduleRetry(page);
}

/**
 * @param {Page} page
 * @param {CloseEvent} event
 * @param {boolean} wasOpen
 */
function describeEnd(page, event, wasOpen) {
  if (page.connection.isLeaving && !wasOpen) return "Given up before the connection was made.";
  const reason = event.reason ? ` “${event.reason}”` : "";
  const manner = event.wasClean ? "clean" : "not clean";
  const end = wasOpen ? "Closed" : "Not connected";
  return `${end}: ${event.code}${reason}, ${manner} · ${describeCloseCode(event.code)}`;
}

/**
 * What a close code means, in words: RFC 6455 §7.4 and the IANA registry.
 * @param {number} code
 */
function describeCloseCode(code) {
  const meaning = closeMeanings.get(code);
  if (meaning) return meaning;
  if (code >= 4000 && code <= 4999) return "private use: the application gives it its meaning";
  if (code >= 3000 && code <= 3999) return "registered use: a library or framework defines it";
  if (code >= 1000 && code <= 2999) return "reserved for the protocol";
  return "not a valid close code";
}

/**
 * @param {CloseEvent} event
 * @param {boolean} wasOpen
 * @param {Target | undefined} target
 */
function findCloseHint(event, wasOpen, target) {
  if (event.code !== 1006) return undefined;
  if (wasOpen) {
    return "The connection ended without a Close frame: the server may be down, or a proxy cut it.";
  }
  const causes = ["nothing listens there", "the server or a proxy refused the handshake"];
  if (target && target.protocols.length > 0) causes.push("it took none of the subprotocols");
  if (location.protocol === "https:" && target?.url.startsWith("ws:")) {
    causes.push("a page on https may only open wss");
  }
  return `No WebSocket was made, and the browser hides why: ${causes.join(", or ")}.`;
}

/** @param {Page} page */
function scheduleRetry(page) {
  const { connection } = page;
  if (connection.retries === maxRetries) {
    addInfo(page, `Gave up after ${maxRetries} attempts to reconnect.`, true);
    return;
  }
  const delayMs = Math.min(maxRetryMs, firstRetryMs * 2 ** connection.retries);
  connection.retries += 1;
  connection.retryTimer = setTimeout(() => retry(page), delayMs);
  page.ui.stateDetail.textContent = `attempt ${connection.retries} of ${maxRetries} in ${delayMs / 1000} s`;
}

/** @param {Page} page */
function retry(page) {
  page.connection.retryTimer = undefined;
  if (page.connection.target) openSocket(page, page.connection.target);
}

/** @param {Page} page */
function cancelRetry(page) {
  if (page.connection.retryTimer === undefined) return;
  clearTimeout(page.connection.retryTimer);
  page.connection.retryTimer = undefined;
  page.ui.stateDetail.textContent = "";
}

/**
 * The one place that says what may be pressed in which state.
 * @param {Page} page
 * @param {ConnectionState} state
 * @param {string} [detail] what was negotiated, or how it ended
 */
function setState(page, state, detail = "") {
  const { ui } = page;
  page.connection.state = state;
  ui.state.textContent = stateNames[state];
  ui.state.dataset.state = state;
  ui.stateDetail.textContent = detail;
  ui.stateDetail.title = detail;
  ui.connect.disabled = state !== "disconnected";
  ui.disconnect.disabled = state === "disconnected" || state === "closing";
  ui.disconnect.textContent = state === "connecting" ? "Cancel" : "Disconnect";
  ui.send.disabled = state !== "connected";
  // Read-only, not disabled: an address one is connected to is still worth copying.
  ui.url.readOnly = state !== "disconnected";
  ui.protocols.readOnly = state !== "disconnected";
  document.title =
    state === "disconnected" ? "WebSocket test" : `${stateNames[state]} · WebSocket test`;
}

// -------------------------------------------------------------------------------- sending

/** @param {Page} page */
function wireComposer(page) {
  const { ui } = page;
  ui.composer.addEventListener("submit", (event) => {
    event.preventDefault();
    send(page);
  });
  ui.message.addEventListener("keydown", (event) => onMessageKey(page, event));
  ui.message.addEventListener("input", () => {
    leaveHistory(page);
    clearError(page);
    showSize(page);
  });
  ui.file.addEventListener("change", () => {
    clearError(page);
    showSize(page);
  });
  ui.format.addEventListener("change", () => {
    clearError(page);
    showFormat(page);
  });
}

/**
 * @param {Page} page
 * @param {KeyboardEvent} event
 */
function onMessageKey(page, event) {
  // This Enter ends a composition. Safari sends it after the composition, as key code 229.
  if (event.isComposing || event.keyCode === 229) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    send(page);
    return;
  }
  if (event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
  const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
  if (step !== 0 && isAtEdge(page, step) && recall(page, step)) event.preventDefault();
}

/**
 * Sends what the form holds; what cannot be sent stays, with the reason beside it.
 * @param {Page} page
 */
function send(page) {
  const { ui } = page;
  clearError(page);
  if (page.connection.socket?.readyState !== WebSocket.OPEN) {
    const text = "Not connected, so nothing was sent. Your message is kept.";
    return showError(page, { kind: "invalid", field: activeField(ui), text });
  }
  if (ui.format.value === "file") return void sendFile(page);
  const data = ui.format.value === "hex" ? parseHex(ui.message.value) : ui.message.value;
  if (!(typeof data === "string") && "fault" in data) return showHexFault(page, data);
  transmit(page, data);
  remember(page.history, { format: ui.format.value, text: ui.message.value });
  ui.message.value = "";
  showSize(page);
}

/** @param {Page} page */
async function sendFile(page) {
  const { ui } = page;
  const file = ui.file.files?.[0];
  const fault = findFileFault(file);
  if (!file || fault) return showError(page, { kind: "invalid", field: ui.file, text: `${fault}` });
  ui.send.disabled = true;
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (page.connection.state === "connected") transmit(page, bytes);
    else throw new Error("the connection ended first");
  } catch (error) {
    const text = `“${file.name}” was not sent: ${error instanceof Error ? error.message : error}.`;
    showError(page, { kind: "invalid", field: ui.file, text });
  }
  ui.send.disabled = page.connection.state !== "connected";
}

/** @param {File | undefined} file */
function findFileFault(file) {
  if (!file) return "Choose a file first.";
  if (file.size > maxFileBytes) {
    return `${formatBytes(file.size)} is more than this page sends at once (${formatBytes(maxFileBytes)}).`;
  }
  return undefined;
}

/**
 * @param {Page} page
 * @param {string | Uint8Array<ArrayBuffer>} data
 */
function transmit(page, data) {
  const message = toMessage(data);
  const sentAt = performance.now();
  page.connection.socket?.send(data);
  expectEcho(page.roundTrips, message, sentAt);
  page.counters.sent += 1;
  page.counters.sentBytes += message.size;
  addEntry(page, { direction: "sent", time: new Date(), message });
}

/**
 * Reads hex digits, two a byte, however they are spaced: `68 65 6c`, `68656c`, `0x68, 0x65`.
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer> | { fault: string, start: number, end: number }}
 */
function parseHex(text) {
  const bytes = [];
  let start = 0;
  for (const word of text.split(hexSeparators)) {
    if (word === "") continue;
    start = text.indexOf(word, start);
    const digits = word.replace(/^0x/i, "");
    const fault = findHexFault(digits);
    if (fault) return { fault: `“${shorten(word)}” ${fault}`, start, end: start + word.length };
    for (let i = 0; i < digits.length; i += 2) bytes.push(parseInt(digits.slice(i, i + 2), 16));
    start += word.length;
  }
  return new Uint8Array(bytes);
}

/** @param {string} digits */
function findHexFault(digits) {
  const odd = digits.match(/[^0-9a-f]/iu);
  if (odd) return `is not hex: “${odd[0]}” is no digit from 0 to f.`;
  if (digits.length === 0) return "has no digits.";
  if (digits.length % 2 === 1)
    return "has an odd number of digits: write two for each byte, as in 68 65 6c.";
  return undefined;
}

/**
 * @param {Page} page
 * @param {{ fault: string, start: number, end: number }} fault
 */
function showHexFault(page, { fault, start, end }) {
  showError(page, { kind: "invalid", field: page.ui.message, text: fault });
  page.ui.message.setSelectionRange(start, end);
}

/** @param {Elements} ui */
function activeField(ui) {
  return ui.format.value === "file" ? ui.file : ui.message;
}

/** @param {Page} page */
function showFormat(page) {
  const { ui } = page;
  const isFile = ui.format.value === "file";
  const isHex = ui.format.value === "hex";
  ui.messageField.hidden = isFile;
  ui.messageHint.hidden = isFile;
  ui.fileField.hidden = !isFile;
  ui.messageLabel.textContent = isHex ? "Message in hex" : "Message";
  ui.message.placeholder = isHex ? "68 65 6c 6c 6f" : "";
  showSize(page);
}

/** @param {Page} page */
function showSize({ ui }) {
  ui.messageSize.value = formatBytes(messageSize(ui));
}

/** @param {Elements} ui */
function messageSize(ui) {
  if (ui.format.value === "file") return ui.file.files?.[0]?.size ?? 0;
  if (ui.format.value === "text") return encoder.encode(ui.message.value).length;
  const digits = ui.message.value.replace(/0x|[^0-9a-f]/gi, "");
  return Math.floor(digits.length / 2);
}

/**
 * Says what is wrong beside the field it is wrong with, and takes the user there.
 * @param {Page} page
 * @param {Invalid} invalid
 */
function showError({ ui }, { field, text }) {
  (field.closest(".pair") ?? field.closest(".field"))?.append(ui.error);
  ui.error.textContent = text;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-errormessage", ui.error.id);
  field.focus();
}

/** @param {Page} page */
function clearError({ ui }) {
  if (ui.error.textContent === "") return;
  ui.error.textContent = "";
  const field = document.querySelector("[aria-invalid]");
  field?.removeAttribute("aria-invalid");
  field?.removeAttribute("aria-errormessage");
}

// --------------------------------------------------------------------- history of messages

/**
 * @param {Page["history"]} history
 * @param {{ format: string, text: string }} item
 */
function remember(history, item) {
  const previous = history.items.at(-1);
  const isNew = item.text !== previous?.text || item.format !== previous.format;
  if (item.text !== "" && isNew) history.items.push(item);
  let chars = history.items.reduce((sum, { text }) => sum + text.length, 0);
  while (history.items.length > maxHistoryItems || chars > maxHistoryChars) {
    chars -= history.items.shift()?.text.length ?? 0;
  }
  history.position = history.items.length;
}

/**
 * Whether an arrow key has nowhere to go in the text, so that it may go through the history.
 * @param {Page} page
 * @param {number} step
 */
function isAtEdge({ ui, history }, step) {
  const { selectionStart, selectionEnd, value } = ui.message;
  if (selectionStart !== selectionEnd) return false;
  const isAtStart = selectionStart === 0;
  const isAtEnd = selectionStart === value.length;
  // While browsing, either edge will do: the caret is where the last step left it.
  if (history.position < history.items.length) return isAtStart || isAtEnd;
  return step < 0 ? isAtStart : isAtEnd;
}

/**
 * Puts an earlier or later message into the form; false if there is none.
 * @param {Page} page
 * @param {number} step
 */
function recall(page, step) {
  const { history, ui } = page;
  const { items } = history;
  const position = history.position + step;
  if (position < 0 || position > items.length) return false;
  if (history.position === items.length) {
    history.draft = { format: ui.format.value, text: ui.message.value };
  }
  history.position = position;
  const item = items[position] ?? history.draft;
  ui.message.value = item.text;
  ui.format.value = item.format;
  const caret = step < 0 ? 0 : item.text.length;
  ui.message.setSelectionRange(caret, caret);
  clearError(page);
  showFormat(page);
  return true;
}

/**
 * Editing makes a recalled message the new draft; the old draft joins the history.
 * @param {Page} page
 */
function leaveHistory({ history }) {
  if (history.position === history.items.length) return;
  remember(history, history.draft);
}

// ------------------------------------------------------------------------------ receiving

/**
 * @param {Page} page
 * @param {string | ArrayBuffer} data
 */
function receive(page, data) {
  const receivedAt = performance.now();
  const message = toMessage(typeof data === "string" ? data : new Uint8Array(data));
  const roundTripMs = takeEcho(page.roundTrips, message, receivedAt);
  page.counters.received += 1;
  page.counters.receivedBytes += message.size;
  addEntry(page, { direction: "received", time: new Date(), message, roundTripMs });
}

/**
 * @param {string | Uint8Array} data
 * @returns {Message}
 */
function toMessage(data) {
  const type = typeof data === "string" ? "text" : "binary";
  const all = typeof data === "string" ? encoder.encode(data) : data;
  // A copy, not a view: a view would keep all of a large message in memory.
  const bytes = all.length > maxKeptBytes ? all.slice(0, maxKeptBytes) : all;
  return { type, size: all.length, bytes };
}

// ---------------------------------------------------------------------------- round trips

/**
 * @param {Page["roundTrips"]} roundTrips
 * @param {Message} message
 * @param {number} sentAt
 */
function expectEcho(roundTrips, message, sentAt) {
  roundTrips.unanswered.push({ message, sentAt });
  if (roundTrips.unanswered.length > maxUnanswered) roundTrips.unanswered.shift();
}

/**
 * The round-trip time of a received message in ms, or undefined if it is no echo. An echo keeps
 * the order, so whatever was sent before the message it answers will not be answered any more.
 * @param {Page["roundTrips"]} roundTrips
 * @param {Message} message
 * @param {number} receivedAt
 */
function takeEcho(roundTrips, message, receivedAt) {
  const { unanswered, samples } = roundTrips;
  const index = unanswered.findIndex((sent) => isSame(sent.message, message));
  const sent = unanswered[index];
  if (!sent) return undefined;
  unanswered.splice(0, index + 1);
  const ms = receivedAt - sent.sentAt;
  samples[roundTrips.count % maxSamples] = ms;
  roundTrips.count += 1;
  roundTrips.last = ms;
  roundTrips.max = Math.max(roundTrips.max, ms);
  return ms;
}

/**
 * Same type, size and first bytes; of a long message the rest is taken on trust.
 * @param {Message} a
 * @param {Message} b
 */
function isSame(a, b) {
  if (a.type !== b.type || a.size !== b.size) return false;
  return a.bytes.every((byte, index) => byte === b.bytes[index]);
}

/**
 * The nearest-rank percentile.
 * @param {number[]} sorted
 * @param {number} percent
 */
function percentile(sorted, percent) {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
}

// ------------------------------------------------------------------------------------ log

/** @param {Page} page */
function wireLog(page) {
  const { ui, log } = page;
  ui.log.addEventListener("click", (event) => onRowClick(page, event));
  ui.log.addEventListener("scroll", () => onScroll(page), { passive: true });
  // The log's own size, a rotated screen for instance, must not lose the end of it.
  new ResizeObserver(() => log.follows && scrollToEnd(page)).observe(ui.log);
  ui.jump.addEventListener("click", () => resume(page));
  ui.view.addEventListener("click", () => {
    log.isHex = !log.isHex;
    ui.view.setAttribute("aria-pressed", String(log.isHex));
    redrawRows(page);
  });
  narrowScreen.addEventListener("change", () => redrawRows(page));
  ui.clear.addEventListener("click", () => clearLog(page));
  ui.copy.addEventListener("click", () => copy(ui.copy, describeLog(page)));
  ui.reset.addEventListener("click", () => {
    page.counters = createCounters();
    // Echoes still under way belong to what was sent before the reset.
    page.roundTrips = createRoundTrips();
    requestDraw(page);
  });
}

/**
 * @param {Page} page
 * @param {string} text
 * @param {boolean} [isBad]
 */
function addInfo(page, text, isBad = false) {
  addEntry(page, { direction: "info", time: new Date(), text, isBad });
}

/**
 * Adds an entry, to be drawn in the next frame, and drops the oldest ones beyond the bounds.
 * @param {Page} page
 * @param {Entry} entry
 */
function addEntry(page, entry) {
  const { log } = page;
  log.entries.push(entry);
  log.bytes += entry.message?.bytes.length ?? 0;
  if (!log.follows) log.unseen += 1;
  while (log.entries.length > maxEntries || log.bytes > maxLogBytes) dropOldest(log);
  requestDraw(page);
}

/** @param {Page["log"]} log */
function dropOldest(log) {
  const oldest = log.entries.shift();
  log.bytes -= oldest?.message?.bytes.length ?? 0;
  log.dropped += 1;
  if (oldest?.row) log.stale.push(oldest.row);
}

/** @param {Page} page */
function clearLog(page) {
  const { log, ui } = page;
  Object.assign(log, { entries: [], bytes: 0, dropped: 0, stale: [] });
  ui.log.replaceChildren();
  resume(page);
  requestDraw(page);
}

/**
 * @param {Page} page
 * @param {Event} event
 */
function onRowClick(page, event) {
  if (!(event.target instanceof HTMLButtonElement)) return;
  const row = event.target.closest("li");
  const entry = row && page.log.entryOf.get(row);
  if (!entry) return;
  if (event.target.classList.contains("copy")) {
    copy(event.target, describePayload(page.log, entry, maxKeptBytes));
    return;
  }
  entry.isOpen = !entry.isOpen;
  drawPayload(page, row, entry);
  row.querySelector(".more")?.scrollIntoView({ block: "nearest" });
}

/**
 * Scrolling up stops the log from following, reaching the end starts it again.
 * @param {Page} page
 */
function onScroll(page) {
  const { log, ui } = page;
  const { scrollTop } = ui.log;
  // A pixel of slack, for fractions at a zoom.
  const isAtEnd = ui.log.scrollHeight - scrollTop - ui.log.clientHeight <= 2;
  if (isAtEnd) resume(page);
  else if (scrollTop < log.scrollTop) log.follows = false;
  log.scrollTop = scrollTop;
  drawJump(page);
}

/** @param {Page} page */
function resume(page) {
  if (page.log.follows) return;
  page.log.follows = true;
  page.log.unseen = 0;
  requestDraw(page);
}

/** @param {Page} page */
function scrollToEnd({ ui, log }) {
  ui.log.scrollTop = ui.log.scrollHeight;
  log.scrollTop = ui.log.scrollTop;
}

/** @param {Page} page */
function describeLog({ log }) {
  return log.entries.map((entry) => describeEntry(log, entry)).join("\n");
}

/**
 * @param {Page["log"]} log
 * @param {Entry} entry
 */
function describeEntry(log, entry) {
  const head = `${formatTime(entry.time)} ${arrows[entry.direction]}`;
  const payload = describePayload(log, entry, maxCopiedBytes);
  if (!entry.message) return `${head} ${payload}`;
  const { type, size } = entry.message;
  const separator = payload.includes("\n") ? "\n" : " ";
  return `${head} ${type}, ${wholeNumber.format(size)} bytes:${separator}${payload}`;
}

/**
 * @param {Page["log"]} log
 * @param {Entry} entry
 * @param {number} maxBytes
 */
function describePayload(log, entry, maxBytes) {
  if (!entry.message) return entry.text ?? "";
  const { bytes, size } = entry.message;
  const shown = bytes.subarray(0, maxBytes);
  const text = isShownAsHex(log, entry.message) ? formatHexDump(shown, 16) : decode(shown);
  return shown.length < size
    ? `${text}\n… ${wholeNumber.format(size - shown.length)} bytes more`
    : text;
}

/**
 * @param {Page["log"]} log
 * @param {Message} message
 */
function isShownAsHex(log, message) {
  return log.isHex || message.type === "binary";
}

/**
 * Copies a text and says so on the button.
 * @param {HTMLButtonElement} button
 * @param {string} text
 */
async function copy(button, text) {
  const label = (button.dataset.label ??= button.textContent ?? "");
  button.textContent = (await writeClipboard(text)) ? "Copied" : "Failed";
  setTimeout(() => {
    button.textContent = label;
  }, 1200);
}

/** @param {string} text */
async function writeClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain http beyond localhost has no clipboard, and a user may have refused it.
    return copyBySelection(text);
  }
}

/** @param {string} text */
function copyBySelection(text) {
  const focused = document.activeElement;
  const carrier = document.createElement("textarea");
  carrier.className = "visually-hidden";
  carrier.value = text;
  document.body.append(carrier);
  carrier.select();
  const isCopied = document.execCommand("copy");
  carrier.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  return isCopied;
}

// -------------------------------------------------------------------------------- drawing

/**
 * Asks for a frame. After a costly one the next waits, so that drawing takes at most about a
 * fifth of the time and sockets and keys get the rest.
 * @param {Page} page
 */
function requestDraw(page) {
  const { frame } = page;
  if (frame.isRequested) return;
  frame.isRequested = true;
  const waitMs = frame.costMs > 8 ? frame.costMs * 4 : 0;
  if (waitMs === 0) requestAnimationFrame(() => draw(page));
  else setTimeout(() => requestAnimationFrame(() => draw(page)), waitMs);
}

/** @param {Page} page */
function draw(page) {
  const startedAt = performance.now();
  page.frame.isRequested = false;
  drawLog(page);
  drawFigures(page);
  drawBuffered(page);
  page.frame.costMs = performance.now() - startedAt;
}

/** @param {Page} page */
function drawLog(page) {
  const { log, ui } = page;
  ui.logCount.textContent = describeLogCount(log);
  drawJump(page);
  // Who scrolled back is reading: from here on a new row would take away an old one.
  if (!log.follows && log.stale.length > 0) return;
  for (const row of log.stale) row.remove();
  log.stale = [];
  const fresh = log.entries.slice(log.entries.findLastIndex((entry) => entry.row) + 1);
  ui.logView.ariaLive = fresh.length > maxAnnouncedRows ? "off" : "polite";
  ui.log.append(...fresh.map((entry) => createRow(page, entry)));
  if (log.follows) scrollToEnd(page);
}

/** @param {Page["log"]} log */
function describeLogCount({ entries, dropped }) {
  if (entries.length === 0) return "";
  const kept = entries.length === 1 ? "1 entry" : `${entries.length} entries`;
  return dropped > 0 ? `${kept}, ${wholeNumber.format(dropped)} older dropped` : kept;
}

/**
 * @param {Page} page
 * @param {Entry} entry
 */
function createRow(page, entry) {
  const row = /** @type {HTMLElement} */ (
    document.importNode(page.ui.row.content, true).firstElementChild
  );
  row.dataset.direction = entry.direction;
  if (entry.isBad) row.dataset.bad = "";
  part(row, ".arrow").textContent = arrows[entry.direction];
  part(row, ".visually-hidden").textContent = `${entry.direction}: `;
  const time = part(row, "time");
  time.textContent = formatTime(entry.time);
  time.title = entry.time.toString();
  if (entry.message) part(row, ".meta").textContent = describeMeta(entry, entry.message);
  else part(row, ".copy").remove();
  drawPayload(page, row, entry);
  page.log.entryOf.set(row, entry);
  entry.row = row;
  return row;
}

/**
 * @param {HTMLElement} row
 * @param {string} selector
 */
function part(row, selector) {
  return /** @type {HTMLElement} */ (row.querySelector(selector));
}

/**
 * @param {Entry} entry
 * @param {Message} message
 */
function describeMeta({ roundTripMs }, { type, size }) {
  const facts = [type, formatBytes(size)];
  if (roundTripMs !== undefined) facts.unshift(formatMs(roundTripMs));
  return facts.join(" · ");
}

/**
 * Writes a row's payload, as text content only: nothing received ever becomes markup.
 * @param {Page} page
 * @param {HTMLElement} row
 * @param {Entry} entry
 */
function drawPayload(page, row, entry) {
  const payload = part(row, ".payload");
  row.querySelector(".more")?.remove();
  if (!entry.message) {
    payload.textContent = entry.text ?? "";
    return;
  }
  const isHex = isShownAsHex(page.log, entry.message);
  const preview = createPreview(entry.message, isHex);
  payload.textContent = entry.isOpen ? showBytes(entry.message.bytes, isHex) : preview.text;
  payload.toggleAttribute("data-hex", isHex && entry.message.size > 0);
  payload.toggleAttribute("data-open", entry.isOpen === true && preview.isCut);
  if (preview.isCut) payload.after(createMoreButton(entry, entry.message));
}

/**
 * What a row shows until it is opened: a few lines.
 * @param {Message} message
 * @param {boolean} isHex
 */
function createPreview({ bytes, size }, isHex) {
  const shown = bytes.subarray(0, isHex ? previewLines * bytesPerLine() : previewBytes);
  const lines = showBytes(shown, isHex).split("\n");
  const isCut = shown.length < size || lines.length > previewLines;
  return { text: lines.slice(0, previewLines).join("\n"), isCut };
}

/**
 * @param {Uint8Array} bytes
 * @param {boolean} isHex
 */
function showBytes(bytes, isHex) {
  return isHex ? formatHexDump(bytes, bytesPerLine()) : decode(bytes);
}

function bytesPerLine() {
  return narrowScreen.matches ? 8 : 16;
}

/**
 * @param {Entry} entry
 * @param {Message} message
 */
function createMoreButton({ isOpen }, { bytes, size }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "more";
  button.setAttribute("aria-expanded", String(isOpen === true));
  const isWhole = bytes.length === size;
  if (isOpen) button.textContent = "Show less";
  else if (isWhole) button.textContent = `Show all ${wholeNumber.format(size)} bytes`;
  else button.textContent = `Show the first ${formatBytes(bytes.length)} of ${formatBytes(size)}`;
  return button;
}

/** @param {Page} page */
function redrawRows(page) {
  // What is on the screen, which may be more than the log still holds.
  for (const row of page.ui.log.querySelectorAll("li")) {
    const entry = page.log.entryOf.get(row);
    if (entry?.message) drawPayload(page, row, entry);
  }
  if (page.log.follows) scrollToEnd(page);
}

/** @param {Page} page */
function drawJump({ ui, log }) {
  ui.jump.hidden = log.follows;
  ui.jump.textContent =
    log.unseen > 0 ? `↓ ${wholeNumber.format(log.unseen)} new` : "↓ Jump to latest";
}

/** @param {Page} page */
function drawFigures({ ui, counters, roundTrips }) {
  setNumber(ui.sentCount, counters.sent, wholeNumber.format);
  setNumber(ui.sentBytes, counters.sentBytes, formatBytes);
  setNumber(ui.receivedCount, counters.received, wholeNumber.format);
  setNumber(ui.receivedBytes, counters.receivedBytes, formatBytes);
  setNumber(ui.rttCount, roundTrips.count, wholeNumber.format);
  const sorted = roundTrips.samples.toSorted((a, b) => a - b);
  ui.rttLast.textContent = formatMs(roundTrips.last);
  ui.rttP50.textContent = formatMs(percentile(sorted, 50));
  ui.rttP95.textContent = formatMs(percentile(sorted, 95));
  ui.rttMax.textContent = formatMs(roundTrips.count > 0 ? roundTrips.max : undefined);
}

/**
 * @param {HTMLDataElement} place
 * @param {number} value
 * @param {(value: number) => string} format
 */
function setNumber(place, value, format) {
  if (place.value === String(value)) return;
  place.value = String(value);
  place.textContent = format(value);
}

/**
 * Shows what still waits to be sent, and looks again for as long as there is some.
 * @param {Page} page
 */
function drawBuffered(page) {
  const waiting = page.connection.socket?.bufferedAmount ?? 0;
  page.ui.buffered.hidden = waiting === 0;
  if (waiting === 0) return;
  page.ui.buffered.textContent = `${formatBytes(waiting)} wait in the browser to be sent.`;
  setTimeout(() => requestDraw(page), 100);
}

// ------------------------------------------------------------------------------ formatting

/**
 * Text of the first bytes of a message: a character that was cut in two is left out.
 * @param {Uint8Array} bytes
 */
function decode(bytes) {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: true });
}

/**
 * Offset, bytes and ASCII: `0000  68 65 6c 6c 6f           hello`.
 * @param {Uint8Array} bytes
 * @param {number} perLine
 */
function formatHexDump(bytes, perLine) {
  const offsetDigits = bytes.length > 0xffff ? 6 : 4;
  const lines = [];
  for (let offset = 0; offset < bytes.length; offset += perLine) {
    const line = [...bytes.subarray(offset, offset + perLine)];
    const hex = line.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const ascii = line.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : "."));
    const head = offset.toString(16).padStart(offsetDigits, "0");
    lines.push(`${head}  ${hex.padEnd(perLine * 3 - 1)}  ${ascii.join("")}`);
  }
  return lines.join("\n");
}

/**
 * Local time to the millisecond. Intl would cost more than the rest of a row.
 * @param {Date} time
 */
function formatTime(time) {
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map((n) => pad(n, 2));
  return `${clock.join(":")}.${pad(time.getMilliseconds(), 3)}`;
}

/**
 * @param {number} value
 * @param {number} digits
 */
function pad(value, digits) {
  return String(value).padStart(digits, "0");
}

/** @param {number} bytes */
function formatBytes(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${["B", "KiB", "MiB", "GiB", "TiB"][power]}`;
}

/**
 * A duration to a tenth of a millisecond, which is as fine as browsers tell the time.
 * @param {number | undefined} ms
 */
function formatMs(ms) {
  if (ms === undefined) return "–";
  if (ms < 0.1) return "<0.1 ms";
  if (ms < 99.95) return `${ms.toFixed(1)} ms`;
  return ms < 9999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** @param {string} word */
function shorten(word) {
  return word.length > 24 ? `${word.slice(0, 24)}…` : word;
}
