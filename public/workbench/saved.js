/** @import { HistoryItem } from "./history.js" */

/** @typedef {Record<string, HistoryItem>} Saved messages by their names */

const maxNameChars = 60;
/** The most characters of all saved messages: this origin has room for 5 million. */
const maxSavedChars = 2 * 1024 * 1024;
const savedKey = "meerkat.messages";

/**
 * Adds a message under a name, in place of the one that had it, or says why it cannot be kept.
 * @param {Saved} saved
 * @param {string} name
 * @param {HistoryItem} item
 * @returns {{ kind: "saved", saved: Saved } | { kind: "fault", text: string }}
 */
export function addSaved(saved, name, item) {
  if (name === "") return { kind: "fault", text: "Give the message a name." };
  if (name.length > maxNameChars) {
    return { kind: "fault", text: `A name has at most ${maxNameChars} characters.` };
  }
  // Sorted by name, as they are shown.
  const all = Object.entries({ ...saved, [name]: item }).sort(([a], [b]) => a.localeCompare(b));
  const chars = all.reduce((sum, [key, { text }]) => sum + key.length + text.length, 0);
  if (chars > maxSavedChars) {
    return { kind: "fault", text: "There is no room for it: remove others first." };
  }
  return { kind: "saved", saved: Object.fromEntries(all) };
}

/**
 * Reads the messages that this browser has kept, which may be anything.
 * @param {string | null} json
 * @returns {Saved}
 */
export function parseSaved(json) {
  try {
    const entries = Object.entries(JSON.parse(json ?? "{}"));
    return Object.fromEntries(
      entries.map(([name, { format, text }]) => [name, { format: `${format}`, text: `${text}` }]),
    );
  } catch {
    return {}; // not written by storeSaved()
  }
}

/** Loads the messages that this browser has kept. */
export function loadSaved() {
  try {
    return parseSaved(localStorage.getItem(savedKey));
  } catch {
    return {}; // the browser forbids it
  }
}

/**
 * Keeps the messages in this browser; returns whether it does.
 * @param {Saved} saved
 */
export function storeSaved(saved) {
  try {
    localStorage.setItem(savedKey, JSON.stringify(saved));
    return true;
  } catch {
    return false;
  }
}
