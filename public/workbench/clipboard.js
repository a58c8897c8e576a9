import { setLabel } from "./elements.js";

/**
 * Copies a text and says so on the button.
 * @param {HTMLButtonElement} button
 * @param {string} text
 */
export async function copy(button, text) {
  const label = (button.dataset.label ??= button.textContent ?? "");
  setLabel(button, (await writeClipboard(text)) ? "Copied" : "Failed");
  setTimeout(() => setLabel(button, label), 1200);
}

/**
 * Writes a text to the clipboard; returns whether it is there.
 * @param {string} text
 */
async function writeClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain http beyond localhost has no clipboard, and a user may have refused it.
    return copyBySelection(text);
  }
}

/**
 * Copies a text by selecting it, which browsers allow where there is no clipboard.
 * @param {string} text
 */
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
