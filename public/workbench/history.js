/** @typedef {{ format: string, text: string }} HistoryItem */
/** @typedef {ReturnType<typeof createHistory>} MessageHistory */

const maxHistoryItems = 100;
/** The most characters of all messages: a tab's storage has room for 5 million. */
const maxHistoryChars = 1024 * 1024;
/** The history ends with the tab: messages hold tokens and names. */
const historyKey = "meerkat.history";

/** Makes a history without messages. */
export function createHistory() {
  return {
    items: /** @type {HistoryItem[]} */ ([]),
    /** items.length stands for the draft. */
    position: 0,
    draft: { format: "text", text: "" },
  };
}

/**
 * Adds a message to the history, and drops the oldest beyond the bounds.
 * @param {MessageHistory} history
 * @param {HistoryItem} item
 */
export function remember(history, item) {
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
 * Moves to an earlier message (-1) or a later one (1), the last of which is the draft; returns
 * undefined at either end.
 * @param {MessageHistory} history
 * @param {number} step
 * @param {HistoryItem} shown the message box, which is kept as the draft when it is left
 */
export function recallItem(history, step, shown) {
  const { items } = history;
  const position = history.position + step;
  if (position < 0 || position > items.length) return undefined;
  if (!isBrowsing(history)) history.draft = shown;
  history.position = position;
  return items[position] ?? history.draft;
}

/**
 * Tells whether the message box shows a message of the history, and not the draft.
 * @param {MessageHistory} history
 */
export function isBrowsing({ position, items }) {
  return position < items.length;
}

/**
 * Makes a recalled message that is edited the new draft; the old draft joins the history.
 * @param {MessageHistory} history
 */
export function leaveHistory(history) {
  if (isBrowsing(history)) remember(history, history.draft);
}

/**
 * Saves the history in the storage of the tab.
 * @param {MessageHistory} history
 */
export function saveHistory({ items }) {
  try {
    sessionStorage.setItem(historyKey, JSON.stringify(items));
  } catch {
    // Forbidden or full: the history then ends with the page.
  }
}

/**
 * Loads the history that the tab has saved.
 * @param {MessageHistory} history
 */
export function loadHistory(history) {
  try {
    const items = JSON.parse(sessionStorage.getItem(historyKey) ?? "[]");
    for (const { format, text } of items)
      remember(history, { format: `${format}`, text: `${text}` });
  } catch {
    // Forbidden, or not written by saveHistory(): begin anew.
  }
}
