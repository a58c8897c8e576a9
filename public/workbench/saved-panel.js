import { showMessage } from "./composer.js";
import { clearError, showError } from "./field-error.js";
import { addSaved, loadSaved, storeSaved } from "./saved.js";

/** @import { Page } from "./page.js" */

/**
 * Wires the saved messages. Other tabs may change them, so they are read anew for each change.
 * @param {Page} page
 */
export function wireSaved(page) {
  const { ui } = page;
  ui.save.addEventListener("click", () => saveMessage(page));
  ui.savedName.addEventListener("input", () => clearError(page));
  // In a field of a form Enter would send the message.
  ui.savedName.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    saveMessage(page);
  });
  addEventListener("storage", () => showSaved(page));
  showSaved(page);
}

/**
 * Saves the message of the form under the name in its field, or says why it cannot.
 * @param {Page} page
 */
function saveMessage(page) {
  const { ui } = page;
  clearError(page);
  const invalid = (/** @type {string} */ text) =>
    showError(page, { kind: "invalid", field: ui.savedName, text });
  if (ui.format.value === "file") return invalid("A file cannot be saved, only a text or hex.");
  const item = { format: ui.format.value, text: ui.message.value };
  const added = addSaved(loadSaved(), ui.savedName.value.trim(), item);
  if (added.kind === "fault") return invalid(added.text);
  if (!storeSaved(added.saved)) return invalid("This browser did not keep it.");
  ui.savedName.value = "";
  showSaved(page);
}

/**
 * Shows the names of the saved messages as buttons.
 * @param {Page} page
 */
function showSaved(page) {
  const { ui } = page;
  const saved = Object.entries(loadSaved());
  ui.savedCount.textContent = saved.length === 0 ? "" : `${saved.length}`;
  const rows = saved.map(([name, item]) => {
    const row = document.createElement("li");
    const load = createButton(name, () => {
      showMessage(page, item);
      ui.savedName.value = name;
      ui.message.focus();
    });
    load.title = item.text.slice(0, 200);
    const remove = createButton("×", () => removeMessage(page, name));
    remove.className = "quiet";
    remove.ariaLabel = `Remove ${name}`;
    row.append(load, remove);
    return row;
  });
  ui.savedList.replaceChildren(...rows);
}

/**
 * Removes a saved message.
 * @param {Page} page
 * @param {string} name
 */
function removeMessage(page, name) {
  const { [name]: _removed, ...others } = loadSaved();
  storeSaved(others);
  showSaved(page);
  page.ui.savedName.focus();
}

/**
 * Makes a button.
 * @param {string} label
 * @param {() => void} act
 */
function createButton(label, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", act);
  return button;
}
