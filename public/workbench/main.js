// The WebSocket workbench. Read it as it runs:
//
//   start         the state, the elements
//   connection    connect, reconnect, disconnect, what an end means
//   test bench    what the echo is to do, kept in the URL's query
//   sending       the message box, files, hex
//   repeat        the same message at intervals
//   burst         many checked messages at a rate, or as fast as the socket takes them
//   history       messages sent before
//   receiving     echoes and the rest
//   round trips   times, buckets
//   log           rows, copy, scrolling
//   drawing       everything that is shown
//   charts        the curve and the histogram
//   formatting    bytes, times, dumps
//
// All state is in one object, the page, made by createPage() and passed on. Sockets and keys change
// the state and ask for a frame; only drawing writes figures and rows, at most once a frame, so that
// a flood of messages costs no more than the screen can show.

/** @typedef {ReturnType<typeof createPage>} Page */
/** @typedef {ReturnType<typeof findElements>} Elements */
/** @typedef {"disconnected" | "connecting" | "connected" | "closing" | "waiting"} ConnectionState */
/** @typedef {{ kind: "target", url: string, protocols: string[] }} Target */
/** @typedef {{ kind: "invalid", field: HTMLElement, text: string, range?: [number, number] }} Invalid */
/** @typedef {string | Uint8Array<ArrayBuffer>} Data */

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
 * @property {number | undefined} [roundTripMs] of a received echo
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
/** A tab's storage has room for 5 million characters. */
const maxHistoryChars = 1024 * 1024;
/** The history ends with the tab: messages hold tokens and names. */
const historyKey = "meerkat.history";
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
/** How long a server may take to say why it refused a handshake, and how much of that is shown. */
const explainMs = 5000;
const maxExplainedChars = 500;
/** A row takes a third of a millisecond on a slow machine; those of a flood may be gone by their turn. */
const maxRowsPerFrame = 60;
/** More rows than this in one frame are too many to read aloud. */
const maxAnnouncedRows = 20;
/** RFC 6455 §5.5: a control frame carries 125 bytes, two of which are the close code. */
const maxReasonBytes = 123;
/**
 * What may wait in the browser before a burst or a repeat holds back: enough to keep the socket
 * busy. More makes nothing faster, and the round trips of small messages seconds long.
 */
const maxBufferedBytes = 256 * 1024;
/** A burst sends for this long at a time; keys, echoes and drawing have the page in between. */
const sliceMs = 8;
const maxBurst = { count: 1_000_000, size: 16 * 1024 * 1024, rate: 1_000_000 };
/** Each message of a burst is another window into the same random bytes, so that they all differ. */
const poolSlackBytes = 4096;
/** Throughput is of the last half second or so: a figure that changed faster could not be read. */
const throughputMs = 500;
const maxRepeatMs = 3_600_000;
/** One point of the curve stands for what came in within this time, and so many are shown. */
const pointMs = 100;
const maxPoints = 120;
/** A curve of few points would else be stretched over the whole width. */
const minPoints = 24;
/** Upper ends of the histogram's buckets. */
const bucketMs = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, Infinity];
const minBuckets = 9;
const chartCaption = "Mean and span of every 0.1 s with echoes";
const chartMs = { moving: 100, still: 1000 };
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
const arrows = { sent: "↑", received: "↓", info: "·" };

const encoder = new TextEncoder();
const wholeNumber = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
/** Less width than this has no room for a hex dump of 16 bytes a line. */
const narrowScreen = matchMedia("(max-width: 1239px)");
const oneColumn = matchMedia("(max-width: 900px)");
const touchScreen = matchMedia("(pointer: coarse)");
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

start();

// ---------------------------------------------------------------------------------- start

function start() {
  const page = createPage();
  const { ui } = page;
  ui.url.value = ownEcho();
  ui.burstPanel.open = !oneColumn.matches;
  wireConnection(page);
  wireBench(page);
  wireComposer(page);
  wireRepeat(page);
  wireBurst(page);
  wireLog(page);
  wireFigures(page);
  loadHistory(page.history);
  setState(page, "disconnected");
  showFormat(page);
  requestDraw(page);
}

/** The echo beside this page, under whatever prefix a proxy shows them. */
function ownEcho() {
  const { pathname } = new URL("websocket", location.href);
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${pathname}`;
}

function createPage() {
  return {
    ui: findElements(),
    connection: createConnection(),
    history: {
      items: /** @type {{ format: string, text: string }[]} */ ([]),
      /** items.length stands for the draft. */
      position: 0,
      draft: { format: "text", text: "" },
    },
    repeat: /** @type {Repeat | undefined} */ (undefined),
    burst: /** @type {Burst | undefined} */ (undefined),
    counters: createCounters(),
    roundTrips: createRoundTrips(),
    chart: {
      width: 0,
      height: 0,
      drawnAt: -Infinity,
      timer: /** @type {number | undefined} */ (undefined),
    },
    log: createLog(),
    frame: { isRequested: false, costMs: 0 },
  };
}

function createConnection() {
  return {
    state: /** @type {ConnectionState} */ ("disconnected"),
    socket: /** @type {WebSocket | undefined} */ (undefined),
    target: /** @type {Target | undefined} */ (undefined),
    /** Where to connect once the present connection has closed. */
    next: /** @type {Target | undefined} */ (undefined),
    startedAt: 0,
    openedAt: /** @type {number | undefined} */ (undefined),
    /** The user asked for the end, so it is no reason to reconnect. */
    isLeaving: false,
    retries: 0,
    retryTimer: /** @type {number | undefined} */ (undefined),
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
    /** What the curve shows: the last may still grow. */
    points: /** @type {Point[]} */ ([]),
    /** How many fell into each bucket. */
    buckets: bucketMs.map(() => 0),
  };
}

function createLog() {
  return {
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
  };
}

function findElements() {
  return {
    ...findConnectionElements(),
    ...findBenchElements(),
    ...findComposerElements(),
    ...findBurstElements(),
    ...findLogElements(),
    ...findFigureElements(),
  };
}

function findConnectionElements() {
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
  };
}

function findBenchElements() {
  return {
    bench: {
      delay: element("bench-delay", HTMLInputElement),
      jitter: element("bench-jitter", HTMLInputElement),
      close: element("bench-close", HTMLInputElement),
      reason: element("bench-reason", HTMLInputElement),
      after: element("bench-after", HTMLInputElement),
      drop: element("bench-drop", HTMLInputElement),
      greet: element("bench-greet", HTMLInputElement),
      every: element("bench-every", HTMLInputElement),
    },
    benchSummary: element("bench-summary", HTMLElement),
  };
}

function findComposerElements() {
  return {
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
    repeat: element("repeat", HTMLButtonElement),
    repeatEvery: element("repeat-every", HTMLInputElement),
    error: element("error", HTMLElement),
  };
}

function findBurstElements() {
  return {
    burstForm: element("burst", HTMLFormElement),
    burstPanel: element("burst-panel", HTMLDetailsElement),
    burstCount: element("burst-count", HTMLInputElement),
    burstSize: element("burst-size", HTMLInputElement),
    burstRate: element("burst-rate", HTMLInputElement),
    burstType: element("burst-type", HTMLSelectElement),
    burstStart: element("burst-start", HTMLButtonElement),
    burstProgress: element("burst-progress", HTMLProgressElement),
    burstResult: element("burst-result", HTMLElement),
  };
}

function findLogElements() {
  return {
    logView: element("log-view", HTMLElement),
    log: element("log", HTMLOListElement),
    logCount: element("log-count", HTMLElement),
    view: element("view", HTMLButtonElement),
    copy: element("copy", HTMLButtonElement),
    clear: element("clear", HTMLButtonElement),
    jump: element("jump", HTMLButtonElement),
    row: element("row", HTMLTemplateElement),
  };
}

function findFigureElements() {
  return {
    reset: element("reset", HTMLButtonElement),
    rttCount: element("rtt-count", HTMLDataElement),
    rttLast: element("rtt-last", HTMLElement),
    rttP50: element("rtt-p50", HTMLElement),
    rttP95: element("rtt-p95", HTMLElement),
    rttMax: element("rtt-max", HTMLElement),
    chart: element("chart", SVGSVGElement),
    chartTop: element("chart-top", HTMLElement),
    chartMiddle: element("chart-middle", HTMLElement),
    chartNote: element("chart-note", HTMLElement),
    histogram: element("histogram", HTMLElement),
    sentCount: element("sent-count", HTMLDataElement),
    sentBytes: element("sent-bytes", HTMLDataElement),
    receivedCount: element("received-count", HTMLDataElement),
    receivedBytes: element("received-bytes", HTMLDataElement),
    buffered: element("buffered", HTMLElement),
  };
}

/**
 * The element with this id, of this class; throws if test.html has no such element.
 * @template {Element} T
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
    field.addEventListener("input", () => onTargetChange(page));
  }
  ui.closeCode.addEventListener("input", () => clearError(page));
  ui.closeReason.addEventListener("input", () => clearError(page));
}

/** @param {Page} page */
function onTargetChange(page) {
  clearError(page);
  // A retry goes to the old address, or to a half-typed one: neither is meant any more.
  cancelRetry(page);
  showConnectButton(page);
}

/**
 * Connects to what the fields say, or says what is wrong with them. An open connection is closed
 * first.
 * @param {Page} page
 */
function connect(page) {
  const { connection, ui } = page;
  if (connection.state === "connecting" || connection.state === "closing") return;
  clearError(page);
  const target = readTarget(ui);
  if (target.kind === "invalid") return showError(page, target);
  cancelRetry(page);
  connection.retries = 0;
  if (connection.state !== "connected") return openTarget(page, target);
  connection.next = target;
  leave(page, 1000, "");
}

/**
 * @param {Page} page
 * @param {Target} target
 */
function openTarget(page, target) {
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
  socket.addEventListener("open", () => opened(page, socket));
  socket.addEventListener("message", (event) => receive(page, event.data));
  // No "error" listener: that event says nothing, and "close" always follows it.
  socket.addEventListener("close", (event) => closed(page, event));
  connection.socket = socket;
  connection.target = target;
  connection.next = undefined;
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
  if (hadFocus && !touchScreen.matches) ui.message.focus();
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
  if (connection.state === "waiting") return cancelRetry(page);
  const wish = readCloseWish(ui);
  if (wish.kind === "invalid") {
    ui.closeOptions.open = true;
    return showError(page, wish);
  }
  leave(page, wish.code, wish.reason);
}

/**
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
  const { connection } = page;
  const wasOpen = connection.openedAt !== undefined;
  const openMs = performance.now() - (connection.openedAt ?? Infinity);
  if (openMs >= settledMs) connection.retries = 0;
  connection.socket = undefined;
  page.roundTrips.unanswered = [];
  const summary = describeEnd(page, event, wasOpen);
  const isBad = !event.wasClean && !connection.isLeaving;
  addInfo(page, summary, isBad);
  // Told once, not at every attempt to reconnect.
  if (isBad && connection.retries === 0) explainEnd(page, wasOpen);
  stopRepeat(page);
  endBurst(page, "The connection ended");
  goOn(page, summary);
}

/**
 * What follows the end of a connection: the next one, a wait for it, or nothing.
 * @param {Page} page
 * @param {string} summary
 */
function goOn(page, summary) {
  const { connection, ui } = page;
  if (connection.next) return openTarget(page, connection.next);
  if (!connection.isLeaving && ui.reconnect.checked) return scheduleRetry(page, summary);
  setState(page, "disconnected", summary);
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
 * Browsers hide why a WebSocket was not made. Where the page is of the same server it may ask.
 * @param {Page} page
 * @param {boolean} wasOpen
 */
async function explainEnd(page, wasOpen) {
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

/**
 * @param {Page} page
 * @param {string} summary
 */
function scheduleRetry(page, summary) {
  const { connection } = page;
  if (connection.retries === maxRetries) {
    addInfo(page, `Gave up after ${maxRetries} attempts to reconnect.`, true);
    setState(page, "disconnected", summary);
    return;
  }
  const delayMs = Math.min(maxRetryMs, firstRetryMs * 2 ** connection.retries);
  connection.retries += 1;
  connection.retryTimer = setTimeout(() => retry(page), delayMs);
  const detail = `attempt ${connection.retries} of ${maxRetries} in ${delayMs / 1000} s`;
  setState(page, "waiting", detail);
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
  setState(page, "disconnected");
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
function showConnectButton({ ui, connection }) {
  const { state, target } = connection;
  const isChanged =
    ui.url.value.trim() !== target?.url || `${readProtocols(ui)}` !== `${target.protocols}`;
  ui.connect.textContent = connectLabels[state];
  ui.connect.disabled = state === "connecting" || state === "closing";
  ui.connect.classList.toggle("primary", state !== "connected" || isChanged);
  ui.connect.title = state === "connected" && isChanged ? "The address was changed" : "";
}

// ----------------------------------------------------------------------------- test bench

/** @param {Page} page */
function wireBench(page) {
  const { ui } = page;
  for (const field of Object.values(ui.bench)) {
    field.addEventListener("input", () => {
      ui.url.value = withWishes(ui.url.value, composeWishes(ui.bench));
      showBenchSummary(ui);
      onTargetChange(page);
    });
  }
  ui.url.addEventListener("input", () => {
    showWishes(ui.bench, readQuery(ui.url.value));
    showBenchSummary(ui);
  });
}

/**
 * What the controls say, as parts of a query. The server checks them: a wrong one is for testing too.
 * @param {Elements["bench"]} bench
 */
function composeWishes({ delay, jitter, close, reason, after, drop, greet, every }) {
  const code = close.value.trim();
  const ending = code && reason.value ? `${code},${reason.value}` : code;
  const values = [
    ["delay", delay.value.trim()],
    ["jitter", jitter.value.trim()],
    ["close", ending],
    ["after", after.value.trim()],
    ["greet", greet.value],
    ["every", every.value.trim()],
  ];
  const parts = values
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}=${escapeValue(`${value}`)}`);
  return drop.checked ? [...parts, "drop"] : parts;
}

/**
 * As few escapes as a query needs, so that it stays readable.
 * @param {string} value
 */
function escapeValue(value) {
  return encodeURIComponent(value.toWellFormed()).replaceAll("%2C", ",");
}

/**
 * The address with these wishes in place of its own; what else is in its query stays.
 * @param {string} url
 * @param {string[]} wishes
 */
function withWishes(url, wishes) {
  const [address = "", ...rest] = url.split("?");
  const others = rest
    .join("?")
    .split("&")
    .filter((part) => part !== "" && !isWish(part));
  const query = [...others, ...wishes].join("&");
  return query === "" ? address : `${address}?${query}`;
}

/** @param {string} part */
function isWish(part) {
  const [name = ""] = new URLSearchParams(part).keys();
  return ["delay", "jitter", "close", "after", "drop", "greet", "every"].includes(name);
}

/** @param {string} url */
function readQuery(url) {
  const start = url.indexOf("?");
  return new URLSearchParams(start < 0 ? "" : url.slice(start + 1));
}

/**
 * @param {Elements["bench"]} bench
 * @param {URLSearchParams} query
 */
function showWishes(bench, query) {
  for (const name of /** @type {const} */ (["delay", "jitter", "after", "greet", "every"])) {
    bench[name].value = query.get(name) ?? "";
  }
  const [, code = "", reason = ""] = /^([^,]*),?(.*)$/s.exec(query.get("close") ?? "") ?? [];
  bench.close.value = code;
  bench.reason.value = reason;
  bench.drop.checked = query.has("drop");
}

/** @param {Elements} ui */
function showBenchSummary({ benchSummary, url }) {
  const wishes = [...readQuery(url.value)].filter(([name]) => isWish(name));
  benchSummary.textContent = wishes.map(([name, value]) => `${name} ${value}`.trim()).join(" · ");
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
async function send(page) {
  const { ui } = page;
  clearError(page);
  const format = ui.format.value;
  const draft = await readDraft(ui);
  if (draft.kind === "invalid") return showError(page, draft);
  if (page.connection.socket?.readyState !== WebSocket.OPEN) {
    const text = "Not connected, so nothing was sent. Your message is kept.";
    return showError(page, { kind: "invalid", field: activeField(ui), text });
  }
  transmit(page, draft.data);
  if (format === "file") return;
  remember(page.history, { format, text: ui.message.value });
  saveHistory(page.history);
  ui.message.value = "";
  showSize(page);
}

/**
 * The message that the form holds. Only a file has to be waited for.
 * @param {Elements} ui
 * @returns {Promise<{ kind: "draft", data: Data } | Invalid>}
 */
async function readDraft(ui) {
  if (ui.format.value === "file") return readFile(ui);
  if (ui.format.value === "text") return { kind: "draft", data: ui.message.value };
  const hex = parseHex(ui.message.value);
  if (hex instanceof Uint8Array) return { kind: "draft", data: hex };
  return { kind: "invalid", field: ui.message, text: hex.fault, range: [hex.start, hex.end] };
}

/**
 * @param {Elements} ui
 * @returns {Promise<{ kind: "draft", data: Data } | Invalid>}
 */
async function readFile(ui) {
  const file = ui.file.files?.[0];
  const fault = findFileFault(file);
  if (!file || fault) return { kind: "invalid", field: ui.file, text: `${fault}` };
  try {
    return { kind: "draft", data: new Uint8Array(await file.arrayBuffer()) };
  } catch (error) {
    const cause = error instanceof Error ? error.message : error;
    return { kind: "invalid", field: ui.file, text: `“${file.name}” was not read: ${cause}` };
  }
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
 * @param {Data} data
 */
function transmit(page, data) {
  const message = toMessage(data);
  const sentAt = performance.now();
  page.connection.socket?.send(data);
  expectEcho(page.roundTrips, message, sentAt);
  countSent(page, message.size);
  addEntry(page, { direction: "sent", time: new Date(), message });
}

/**
 * @param {Page} page
 * @param {number} bytes
 */
function countSent({ counters }, bytes) {
  counters.sent += 1;
  counters.sentBytes += bytes;
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
function showError({ ui }, { field, text, range }) {
  const place = field.closest(".grid") ?? field.closest(".field") ?? field.closest(".actions");
  place?.append(ui.error);
  ui.error.textContent = text;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-errormessage", ui.error.id);
  field.focus();
  if (range && field instanceof HTMLTextAreaElement) field.setSelectionRange(...range);
}

/** @param {Page} page */
function clearError({ ui }) {
  if (ui.error.textContent === "") return;
  ui.error.textContent = "";
  const field = document.querySelector("[aria-invalid]");
  field?.removeAttribute("aria-invalid");
  field?.removeAttribute("aria-errormessage");
}

// --------------------------------------------------------------------------------- repeat

/**
 * A message that is sent again and again.
 * @typedef {{ data: Data, everyMs: number, nextAt: number, timer: number | undefined }} Repeat
 */

/** @param {Page} page */
function wireRepeat(page) {
  const { ui } = page;
  ui.repeat.addEventListener("click", () => (page.repeat ? stopRepeat(page) : startRepeat(page)));
  ui.repeatEvery.addEventListener("input", () => clearError(page));
  // In a field of a form Enter would send the message once.
  ui.repeatEvery.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (!ui.repeat.disabled) ui.repeat.click();
  });
}

/**
 * Repeats the message of the form, or the one sent last if there is none.
 * @param {Page} page
 */
async function startRepeat(page) {
  const { ui } = page;
  clearError(page);
  const everyMs = readWhole(ui.repeatEvery, "The pause in ms", 1, maxRepeatMs);
  if (typeof everyMs !== "number") return showError(page, everyMs);
  if (ui.format.value !== "file" && ui.message.value === "") recall(page, -1);
  const draft = await readDraft(ui);
  if (draft.kind === "invalid") return showError(page, draft);
  page.repeat = { data: draft.data, everyMs, nextAt: performance.now(), timer: undefined };
  showRepeat(page);
  repeatOnce(page, page.repeat);
}

/**
 * @param {Page} page
 * @param {Repeat} repeat
 */
function repeatOnce(page, repeat) {
  const { socket } = page.connection;
  if (page.repeat !== repeat) return;
  if (socket?.readyState !== WebSocket.OPEN) return stopRepeat(page);
  if (socket.bufferedAmount < maxBufferedBytes) transmit(page, repeat.data);
  // A page that was asleep does not make up for what it missed.
  repeat.nextAt = Math.max(repeat.nextAt + repeat.everyMs, performance.now());
  const pauseMs = repeat.nextAt - performance.now();
  repeat.timer = setTimeout(() => repeatOnce(page, repeat), pauseMs);
}

/** @param {Page} page */
function stopRepeat(page) {
  clearTimeout(page.repeat?.timer);
  page.repeat = undefined;
  showRepeat(page);
}

/** @param {Page} page */
function showRepeat({ ui, repeat }) {
  ui.repeat.setAttribute("aria-pressed", String(repeat !== undefined));
}

/**
 * A whole number within bounds, or what is wrong with the field.
 * @param {HTMLInputElement} field
 * @param {string} name
 * @param {number} least
 * @param {number} most
 * @returns {number | Invalid}
 */
function readWhole(field, name, least, most) {
  const value = Number(field.value);
  if (/^\s*\d+\s*$/.test(field.value) && value >= least && value <= most) return value;
  const bounds = `${wholeNumber.format(least)} to ${wholeNumber.format(most)}`;
  return { kind: "invalid", field, text: `${name} is a whole number from ${bounds}.` };
}

// ---------------------------------------------------------------------------------- burst

/** @typedef {{ kind: "plan", count: number, size: number, rate: number, type: Message["type"] }} Plan */

/**
 * The messages are made when they are sent and made again when their echoes come, so none is kept.
 * @typedef {object} Burst
 * @property {Plan} plan with Infinity for the rate that the socket takes
 * @property {string} seed
 * @property {Uint8Array<ArrayBuffer>} pool random bytes
 * @property {string} text the same as printable ASCII
 * @property {Float64Array} sentAt
 * @property {number} startedAt
 * @property {number} sent
 * @property {number} received
 * @property {number} wrong echoes that are not what was sent in their place
 * @property {number | undefined} firstWrong
 * @property {{ at: number, received: number, perSecond: number }} window
 * @property {number | undefined} timer
 */

/** @param {Page} page */
function wireBurst(page) {
  const { ui } = page;
  ui.burstForm.addEventListener("submit", (event) => {
    event.preventDefault();
    if (page.connection.state !== "connected") return;
    if (page.burst) stopBurst(page, page.burst);
    else startBurst(page);
  });
  for (const field of [ui.burstCount, ui.burstSize, ui.burstRate]) {
    field.addEventListener("input", () => clearError(page));
  }
}

/** @param {Page} page */
function startBurst(page) {
  clearError(page);
  const plan = readPlan(page.ui);
  if (plan.kind === "invalid") return showError(page, plan);
  const burst = createBurst(plan);
  page.burst = burst;
  addInfo(page, `Burst of ${describePlan(plan)}, seed ${burst.seed}`);
  showBurst(page, burst);
  pump(page, burst);
}

/**
 * @param {Elements} ui
 * @returns {Plan | Invalid}
 */
function readPlan({ burstCount, burstSize, burstRate, burstType }) {
  const count = readWhole(burstCount, "The number of messages", 1, maxBurst.count);
  if (typeof count !== "number") return count;
  const size = readWhole(burstSize, "The size in bytes", 0, maxBurst.size);
  if (typeof size !== "number") return size;
  const isFree = burstRate.value.trim() === "";
  const rate = isFree ? Infinity : readWhole(burstRate, "The rate", 1, maxBurst.rate);
  if (typeof rate !== "number") return rate;
  return { kind: "plan", count, size, rate, type: burstType.value === "text" ? "text" : "binary" };
}

/** @param {Plan} plan */
function describePlan({ count, size, rate, type }) {
  const pace = rate === Infinity ? "as fast as they go" : `${wholeNumber.format(rate)}/s`;
  return `${wholeNumber.format(count)} × ${formatBytes(size)} ${type}, ${pace}`;
}

/**
 * @param {Plan} plan
 * @returns {Burst}
 */
function createBurst(plan) {
  const [seed = 1] = crypto.getRandomValues(new Uint32Array(1));
  const pool = createPool(seed, plan.size + poolSlackBytes);
  const startedAt = performance.now();
  return {
    plan,
    seed: seed.toString(16).padStart(8, "0"),
    pool,
    text: plan.type === "text" ? toPrintable(pool) : "",
    sentAt: new Float64Array(plan.count),
    startedAt,
    sent: 0,
    received: 0,
    wrong: 0,
    firstWrong: undefined,
    window: { at: startedAt, received: 0, perSecond: 0 },
    timer: undefined,
  };
}

/**
 * Bytes of Marsaglia's xorshift, which a seed repeats.
 * @param {number} seed
 * @param {number} size
 */
function createPool(seed, size) {
  const words = new Uint32Array(Math.ceil(size / 4));
  let word = seed || 1; // it never leaves 0
  for (let index = 0; index < words.length; index += 1) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    words[index] = word;
  }
  return new Uint8Array(words.buffer);
}

/** @param {Uint8Array} bytes */
function toPrintable(bytes) {
  return new TextDecoder().decode(bytes.map((byte) => 32 + (byte % 95)));
}

/**
 * The message with this number: its number, as far as there is room, and random bytes.
 * @param {Burst} burst
 * @param {number} index
 * @returns {Data}
 */
function createContent({ plan, pool, text }, index) {
  // A multiple of 4 moves on through the pool, so that neighbours differ also where both are short.
  const offset = (index * 4) % poolSlackBytes;
  if (plan.type === "text") {
    const head = `${index}:`;
    return `${head}${text.slice(offset, offset + plan.size - head.length)}`.slice(0, plan.size);
  }
  const bytes = pool.slice(offset, offset + plan.size);
  if (plan.size >= 4) new DataView(bytes.buffer).setUint32(0, index);
  return bytes;
}

/**
 * Sends what is due, for a slice of time at most, and comes back for the rest.
 * @param {Page} page
 * @param {Burst} burst
 */
function pump(page, burst) {
  const { socket } = page.connection;
  if (socket?.readyState !== WebSocket.OPEN) return;
  const sliceEnd = performance.now() + sliceMs;
  const due = countDue(burst, performance.now());
  while (burst.sent < due && performance.now() < sliceEnd) {
    if (socket.bufferedAmount >= maxBufferedBytes) break;
    burst.sentAt[burst.sent] = performance.now();
    socket.send(createContent(burst, burst.sent));
    burst.sent += 1;
    countSent(page, burst.plan.size);
  }
  requestDraw(page);
  if (burst.sent === burst.plan.count) return;
  burst.timer = setTimeout(() => pump(page, burst), findPause(burst));
}

/**
 * How many of a burst should have been sent by now.
 * @param {Burst} burst
 * @param {number} now
 */
function countDue({ plan, startedAt }, now) {
  if (plan.rate === Infinity) return plan.count;
  return Math.min(plan.count, 1 + Math.floor(((now - startedAt) / 1000) * plan.rate));
}

/** @param {Burst} burst */
function findPause({ plan, startedAt, sent }) {
  return Math.max(0, startedAt + (sent / plan.rate) * 1000 - performance.now());
}

/**
 * Whether a message is an echo of the burst. One of another type or size is something else, such as
 * a tick; one that was sent from the message box meanwhile is, too.
 * @param {Page} page
 * @param {string | Uint8Array} data
 * @param {number} receivedAt
 */
function takeBurstEcho(page, data, receivedAt) {
  const { burst } = page;
  if (!burst || burst.received === burst.sent) return false;
  const index = burst.received;
  const sent = createContent(burst, index);
  if (typeof sent !== typeof data || sent.length !== data.length) return false;
  if (!isEqual(sent, data)) {
    if (isUnanswered(page.roundTrips, toMessage(data))) return false;
    burst.wrong += 1;
    burst.firstWrong ??= index + 1;
  }
  burst.received += 1;
  recordRoundTrip(page.roundTrips, receivedAt - (burst.sentAt[index] ?? receivedAt), receivedAt);
  if (burst.received === burst.plan.count) endBurst(page, "");
  return true;
}

/**
 * @param {string | Uint8Array} a
 * @param {string | Uint8Array} b of the same type and length
 */
function isEqual(a, b) {
  if (typeof a === "string" || typeof b === "string") return a === b;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

/**
 * Sends no more of it and waits for the echoes of what was sent; the second time, not even for them.
 * @param {Page} page
 * @param {Burst} burst
 */
function stopBurst(page, burst) {
  clearTimeout(burst.timer);
  const isWaiting = burst.plan.count === burst.sent;
  burst.plan.count = burst.sent;
  if (isWaiting || burst.received === burst.sent) endBurst(page, "Stopped");
  else showBurst(page, burst);
}

/**
 * @param {Page} page
 * @param {string} cause why it ended before its time, if it did
 */
function endBurst(page, cause) {
  const { burst } = page;
  if (!burst) return;
  clearTimeout(burst.timer);
  page.burst = undefined;
  const isComplete = burst.received === burst.plan.count && burst.wrong === 0;
  const result = describeResult(burst, performance.now() - burst.startedAt);
  addInfo(page, [cause, result].filter(Boolean).join(". "), !isComplete);
  showBurst(page, burst);
  page.ui.burstResult.textContent = result;
  page.ui.burstResult.dataset.tone = isComplete ? "good" : "bad";
  requestDraw(page);
}

/**
 * @param {Burst} burst
 * @param {number} tookMs
 */
function describeResult(burst, tookMs) {
  const { sent, received, wrong, firstWrong, plan } = burst;
  const counts = `${wholeNumber.format(received)} of ${wholeNumber.format(sent)} echoes`;
  const verdict =
    wrong === 0
      ? "in order and byte-exact"
      : `${wholeNumber.format(wrong)} of them wrong, the first is no. ${firstWrong}`;
  const speed = describeSpeed((received * 1000) / Math.max(tookMs, 0.1), plan.size);
  return `${counts}, ${verdict} · ${speed} · ${formatMs(tookMs)}`;
}

/**
 * @param {number} perSecond
 * @param {number} size in bytes
 */
function describeSpeed(perSecond, size) {
  const megabytes = (perSecond * size) / 1e6;
  const figure = megabytes < 10 ? Number(megabytes.toPrecision(2)) : wholeNumber.format(megabytes);
  return `${wholeNumber.format(Math.round(perSecond))} messages/s · ${figure} MB/s`;
}

/**
 * @param {Page} page
 * @param {Burst} burst
 */
function showBurst({ ui, burst: running }, burst) {
  const isWaiting = burst.sent === burst.plan.count;
  ui.burstStart.textContent = !running ? "Start" : isWaiting ? "Give up" : "Stop";
  ui.burstProgress.max = burst.plan.count || 1;
  ui.burstProgress.value = burst.received;
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

/** @param {Page["history"]} history */
function saveHistory({ items }) {
  try {
    sessionStorage.setItem(historyKey, JSON.stringify(items));
  } catch {
    // Forbidden or full: the history then ends with the page.
  }
}

/** @param {Page["history"]} history */
function loadHistory(history) {
  try {
    const items = JSON.parse(sessionStorage.getItem(historyKey) ?? "[]");
    for (const { format, text } of items)
      remember(history, { format: `${format}`, text: `${text}` });
  } catch {
    // Forbidden, or not what saveHistory() wrote: begin anew.
  }
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
 * @param {string | ArrayBuffer} payload
 */
function receive(page, payload) {
  const receivedAt = performance.now();
  const data = typeof payload === "string" ? payload : new Uint8Array(payload);
  if (takeBurstEcho(page, data, receivedAt)) {
    countReceived(page, data.length);
    return;
  }
  const message = toMessage(data);
  countReceived(page, message.size);
  const roundTripMs = takeEcho(page.roundTrips, message, receivedAt);
  addEntry(page, { direction: "received", time: new Date(), message, roundTripMs });
}

/**
 * @param {Page} page
 * @param {number} bytes
 */
function countReceived(page, bytes) {
  page.counters.received += 1;
  page.counters.receivedBytes += bytes;
  requestDraw(page);
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

/** @typedef {{ at: number, low: number, high: number, sum: number, count: number }} Point */

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
  const { unanswered } = roundTrips;
  const index = unanswered.findIndex((sent) => isSame(sent.message, message));
  const sent = unanswered[index];
  if (!sent) return undefined;
  unanswered.splice(0, index + 1);
  const ms = receivedAt - sent.sentAt;
  recordRoundTrip(roundTrips, ms, receivedAt);
  return ms;
}

/**
 * @param {Page["roundTrips"]} roundTrips
 * @param {Message} message
 */
function isUnanswered({ unanswered }, message) {
  return unanswered.some((sent) => isSame(sent.message, message));
}

/**
 * Same type, size and first bytes; of a long message the rest is taken on trust.
 * @param {Message} a
 * @param {Message} b
 */
function isSame(a, b) {
  return a.type === b.type && a.size === b.size && isEqual(a.bytes, b.bytes);
}

/**
 * @param {Page["roundTrips"]} roundTrips
 * @param {number} ms
 * @param {number} at
 */
function recordRoundTrip(roundTrips, ms, at) {
  roundTrips.samples[roundTrips.count % maxSamples] = ms;
  roundTrips.count += 1;
  roundTrips.last = ms;
  roundTrips.max = Math.max(roundTrips.max, ms);
  const bucket = bucketMs.findIndex((end) => ms <= end);
  roundTrips.buckets[bucket] = (roundTrips.buckets[bucket] ?? 0) + 1;
  addToPoints(roundTrips.points, ms, at);
}

/**
 * @param {Point[]} points
 * @param {number} ms
 * @param {number} at
 */
function addToPoints(points, ms, at) {
  const last = points.at(-1);
  if (!last || at - last.at >= pointMs) {
    points.push({ at, low: ms, high: ms, sum: ms, count: 1 });
    if (points.length > maxPoints) points.shift();
    return;
  }
  last.low = Math.min(last.low, ms);
  last.high = Math.max(last.high, ms);
  last.sum += ms;
  last.count += 1;
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
  drawCharts(page);
  drawBurst(page);
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
  const first = log.entries.findLastIndex((entry) => entry.row) + 1;
  const fresh = log.entries.slice(first, first + maxRowsPerFrame);
  if (first + fresh.length < log.entries.length) requestDraw(page);
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

/** @param {Page} page */
function drawBurst(page) {
  const { burst, ui } = page;
  if (!burst) return;
  const { window, received, sent, plan } = burst;
  const now = performance.now();
  if (now - window.at >= throughputMs) {
    const perSecond = ((received - window.received) * 1000) / (now - window.at);
    burst.window = { at: now, received, perSecond };
  }
  showBurst(page, burst);
  const counts = `${wholeNumber.format(sent)} sent, ${wholeNumber.format(received)} back`;
  const speed = describeSpeed(burst.window.perSecond, plan.size);
  ui.burstResult.textContent = `${counts} · ${speed}`;
  ui.burstResult.dataset.tone = "";
  setTimeout(() => requestDraw(page), throughputMs);
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

// --------------------------------------------------------------------------------- charts

/** @param {Page} page */
function wireFigures(page) {
  const { ui, chart } = page;
  ui.reset.addEventListener("click", () => {
    page.counters = createCounters();
    // Echoes still under way belong to what was sent before the reset.
    page.roundTrips = createRoundTrips();
    chart.drawnAt = -Infinity;
    requestDraw(page);
  });
  ui.histogram.append(...bucketMs.map(createBar));
  new ResizeObserver(([entry]) => {
    chart.width = entry?.contentRect.width ?? 0;
    chart.height = entry?.contentRect.height ?? 0;
    chart.drawnAt = -Infinity;
    requestDraw(page);
  }).observe(ui.chart);
  ui.chart.addEventListener("pointermove", (event) => showPoint(page, event.offsetX));
  ui.chart.addEventListener("pointerleave", () => (ui.chartNote.textContent = chartCaption));
}

/**
 * Draws both, seldom enough to be read: a curve that runs is motion, too.
 * @param {Page} page
 */
function drawCharts(page) {
  const { chart, roundTrips, ui } = page;
  const now = performance.now();
  const waitMs = chart.drawnAt + (reducedMotion.matches ? chartMs.still : chartMs.moving) - now;
  if (waitMs > 0) {
    chart.timer ??= setTimeout(() => {
      chart.timer = undefined;
      requestDraw(page);
    }, waitMs);
    return;
  }
  chart.drawnAt = now;
  drawCurve(page);
  drawHistogram(ui.histogram, roundTrips.buckets);
}

/** @param {Page} page */
function drawCurve({ ui, chart, roundTrips }) {
  const { points } = roundTrips;
  const top = roundUp(Math.max(0, ...points.map(({ high }) => high)));
  const place = placePoints(points, chart, top);
  const highs = place.map(({ x, high }) => `${x} ${high}`);
  const lows = place.map(({ x, low }) => `${x} ${low}`).toReversed();
  const means = place.map(({ x, mean }) => `${x} ${mean}`);
  const isEmpty = points.length === 0;
  setPath(ui.chart, ".band", isEmpty ? "" : `M${highs.join("L")}L${lows.join("L")}Z`);
  setPath(ui.chart, ".mean", isEmpty ? "" : `M${means.join("L")}`);
  // Many dots would hide the curve.
  setPath(ui.chart, ".dots", points.length > 60 ? "" : means.map((at) => `M${at}h0`).join(""));
  ui.chartTop.textContent = isEmpty ? "" : formatScale(top);
  ui.chartMiddle.textContent = isEmpty ? "" : formatScale(top / 2);
  ui.chart.setAttribute("aria-label", describeCurve(points));
}

/**
 * Where the points are, in pixels: the oldest at the left, the newest at the right or on its way there.
 * @param {Point[]} points
 * @param {{ width: number, height: number }} size
 * @param {number} top of the scale, in ms
 */
function placePoints(points, { width, height }, top) {
  const step = width / (Math.max(points.length, minPoints) - 1);
  const place = (/** @type {number} */ ms) => (height - 3 - (ms / top) * (height - 6)).toFixed(1);
  return points.map(({ low, high, sum, count }, index) => ({
    x: (3 + (index * step * (width - 6)) / width).toFixed(1),
    low: place(low),
    high: place(high),
    mean: place(sum / count),
  }));
}

/**
 * @param {SVGSVGElement} svg
 * @param {string} selector
 * @param {string} path
 */
function setPath(svg, selector, path) {
  svg.querySelector(selector)?.setAttribute("d", path);
}

/**
 * The next of 1, 2, 5, 10, 20 …: a scale that does not jump at every echo.
 * @param {number} value
 */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 0.1)));
  const factor = [1, 2, 5, 10].find((step) => step * power >= value) ?? 10;
  return factor * power;
}

/** @param {Point[]} points */
function describeCurve(points) {
  if (points.length === 0) return "Round-trip times: none yet";
  const count = points.reduce((sum, point) => sum + point.count, 0);
  const low = Math.min(...points.map((point) => point.low));
  const high = Math.max(...points.map((point) => point.high));
  return `Round-trip times of the latest ${wholeNumber.format(count)}: ${formatMs(low)} to ${formatMs(high)}`;
}

/**
 * Says what the pointer is at.
 * @param {Page} page
 * @param {number} x
 */
function showPoint({ ui, chart, roundTrips }, x) {
  const { points } = roundTrips;
  const step = (chart.width - 6) / (Math.max(points.length, minPoints) - 1);
  const point = points[Math.round((x - 3) / step)];
  if (!point) return;
  const { low, high, sum, count, at } = point;
  const time = formatTime(new Date(performance.timeOrigin + at));
  const span =
    count === 1 ? "" : `, ${wholeNumber.format(count)} of ${formatMs(low)} to ${formatMs(high)}`;
  ui.chartNote.textContent = `${time}: ${formatMs(sum / count)}${span}`;
}

/** @param {number} end */
function createBar(end) {
  const bar = document.createElement("div");
  bar.append(document.createElement("i"), document.createElement("span"));
  part(bar, "span").textContent =
    end === Infinity ? "more" : end < 1000 ? `${end}` : `${end / 1000} s`;
  return bar;
}

/**
 * @param {HTMLElement} histogram
 * @param {number[]} buckets
 */
function drawHistogram(histogram, buckets) {
  const most = Math.max(...buckets, 1);
  const { first, last } = findShownBuckets(buckets);
  buckets.forEach((count, index) => {
    const bar = /** @type {HTMLElement} */ (histogram.children[index]);
    bar.hidden = index < first || index > last;
    bar.title = `${describeBucket(index)}: ${wholeNumber.format(count)}`;
    bar.toggleAttribute("data-empty", count === 0);
    part(bar, "i").style.height = `${(count / most) * 100}%`;
  });
  const filled = buckets.map((count, index) => ({ count, name: describeBucket(index) }));
  const facts = filled
    .filter(({ count }) => count > 0)
    .map(({ count, name }) => `${name}: ${count}`);
  histogram.ariaLabel = `Histogram: ${facts.join(", ") || "no echoes yet"}`;
}

/**
 * Those that hold something, and around them enough to see where they are.
 * @param {number[]} buckets
 */
function findShownBuckets(buckets) {
  const isFilled = (/** @type {number} */ count) => count > 0;
  const from = Math.max(0, buckets.findIndex(isFilled));
  const to = Math.max(from, buckets.findLastIndex(isFilled));
  const spare = Math.max(0, minBuckets - (to - from + 1));
  const first = Math.max(0, Math.min(from - Math.floor(spare / 2), buckets.length - minBuckets));
  return { first, last: Math.max(to, first + minBuckets - 1) };
}

/** @param {number} index */
function describeBucket(index) {
  const from = bucketMs[index - 1] ?? 0;
  const to = bucketMs[index] ?? Infinity;
  return to === Infinity
    ? `over ${formatScale(from)}`
    : `${formatScale(from)} to ${formatScale(to)}`;
}

/**
 * A round figure of a scale.
 * @param {number} ms
 */
function formatScale(ms) {
  return ms >= 1000 ? `${ms / 1000} s` : `${Number(ms.toPrecision(3))} ms`;
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
