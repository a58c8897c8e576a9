import { decode } from "./message.js";

/** @import { Entry, Log } from "./log.js" */
/** @import { Page } from "./page.js" */

/** How long (ms) entries are gathered before they are read aloud, so that a flood is one sentence. */
const gatherMs = 500;
/** As many entries are read out; more are counted. */
const maxRead = 3;
const maxReadChars = 200;

/**
 * Reads new entries aloud, once for all that come within a moment. What was sent is known to who sent it.
 * @param {Page} page
 */
export function drawNews({ log, ui }) {
  if (log.news.count === 0 || log.news.isGathering) return;
  log.news.isGathering = true;
  setTimeout(() => {
    ui.news.textContent = describeNews(log.news);
    log.news = createNews();
  }, gatherMs);
}

/** Makes the news of nothing. */
export function createNews() {
  return { count: 0, latest: /** @type {Entry[]} */ ([]), isGathering: false };
}

/**
 * Notes a new entry.
 * @param {Log["news"]} news
 * @param {Entry} entry
 */
export function noteNews(news, entry) {
  if (entry.direction === "sent") return;
  news.count += 1;
  if (news.count <= maxRead) news.latest.push(entry);
}

/**
 * Writes news for a screen reader.
 * @param {Log["news"]} news
 */
export function describeNews({ count, latest }) {
  if (count > maxRead) return `${count} new entries`;
  return latest.map(describeEntry).join("\n");
}

/**
 * Writes the beginning of an entry.
 * @param {Entry} entry
 */
function describeEntry({ message, text = "" }) {
  if (!message) return text;
  if (message.type === "binary") return `Received ${message.size} bytes`;
  return `Received ${decode(message.bytes.subarray(0, maxReadChars))}`;
}
