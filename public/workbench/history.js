/** @typedef {ReturnType<typeof createHistory>} MessageHistory */

const maxHistoryItems = 100;
/** A tab's storage has room for 5 million characters. */
const maxHistoryChars = 1024 * 1024;
/** The history ends with the tab: messages hold tokens and names. */
const historyKey = "meerkat.history";

export function createHistory() {
  return {
    items: /** @type {{ format: string, text: string }[]} */ ([]),
    /** items.length stands for the draft. */
    position: 0,
    draft: { format: "text", text: "" },
  };
}

/**
 * @param {MessageHistory} history
 * @param {{ format: string, text: string }} item
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

/** @param {MessageHistory} history */
export function saveHistory({ items }) {
  try {
    sessionStorage.setItem(historyKey, JSON.stringify(items));
  } catch {
    // Forbidden or full: the history then ends with the page.
  }
}

/** @param {MessageHistory} history */
export function loadHistory(history) {
  try {
    const items = JSON.parse(sessionStorage.getItem(historyKey) ?? "[]");
    for (const { format, text } of items)
      remember(history, { format: `${format}`, text: `${text}` });
  } catch {
    // Forbidden, or not what saveHistory() wrote: begin anew.
  }
}
