import { make } from "./make.js";

/** @import { Page } from "./page.js" */

/** @type {[names: string[], meaning: string][]} */
const KEYS = [
  [["/"], "Filter the names"],
  [["Esc"], "Clear the filter"],
  [["j", "↓"], "Next"],
  [["k", "↑"], "Previous"],
  [["Enter"], "Open"],
  [["Backspace"], "Up to the parent directory"],
  [["?"], "This help"],
];

/**
 * Shows the button that shows the help.
 * @param {Page} page
 */
export function wireHelp({ help }) {
  help.hidden = false;
  help.addEventListener("click", showHelp);
}

/** Shows what the keys do. */
export function showHelp() {
  /** @type {HTMLDialogElement | null} */
  const shown = document.querySelector("dialog:has(#help-title)");
  const dialog = shown ?? document.body.appendChild(makeHelp());
  dialog.showModal();
}

function makeHelp() {
  const list = make("dl", {}, ...KEYS.flatMap(([names, meaning]) => makeKey(names, meaning)));
  const close = make("button", {}, "Close");
  const heading = make("h2", { id: "help-title" }, "Keys");
  const form = make("form", { method: "dialog" }, heading, list, close);
  return make("dialog", { "aria-labelledby": "help-title" }, form);
}

/**
 * @param {string[]} names
 * @param {string} meaning
 */
function makeKey(names, meaning) {
  const pressed = names.flatMap((name, index) => [index === 0 ? "" : " ", make("kbd", {}, name)]);
  return [make("dt", {}, ...pressed), make("dd", {}, meaning)];
}
