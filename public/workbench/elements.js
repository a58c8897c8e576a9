/**
 * Finds all elements of test.html that the workbench uses; throws if one is missing.
 * @typedef {ReturnType<typeof findElements>} Elements
 */
export function findElements() {
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
    options: element("options", HTMLDetailsElement),
    optionsSummary: element("options-summary", HTMLElement),
    copyLink: element("copy-link", HTMLButtonElement),
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
    messageSize: element("message-size", HTMLElement),
    fileField: element("file-field", HTMLElement),
    file: element("file", HTMLInputElement),
    format: element("format", HTMLSelectElement),
    savedCount: element("saved-count", HTMLElement),
    savedList: element("saved-list", HTMLElement),
    savedName: element("saved-name", HTMLInputElement),
    save: element("save", HTMLButtonElement),
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
    burstFlight: element("burst-flight", HTMLInputElement),
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
    filter: element("filter", HTMLInputElement),
    filterFault: element("filter-fault", HTMLElement),
    show: element("log-show", HTMLSelectElement),
    firstSteps: element("first-steps", HTMLElement),
    noMatch: element("no-match", HTMLElement),
    news: element("news", HTMLElement),
    view: element("view", HTMLButtonElement),
    saveLog: element("save-log", HTMLButtonElement),
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
 * Finds the element with this id; throws if test.html has none of this class.
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

/**
 * Finds a part of a row or a bar, which the page's own template has.
 * @param {HTMLElement} row
 * @param {string} selector
 */
export function part(row, selector) {
  return /** @type {HTMLElement} */ (row.querySelector(selector));
}

/**
 * Labels a button, in the text node that it has: a new one under the pointer takes the click of whoever
 * presses the button right then.
 * @param {HTMLButtonElement} button
 * @param {string} label
 */
export function setLabel({ firstChild }, label) {
  if (firstChild instanceof Text) firstChild.data = label;
}
