import { kindOf, makeMedia } from "./media.js";
import { listenToSwipes } from "./swipe.js";

const FAILURE = "This browser cannot show the file.";

/** Opens the viewer for the entries of the grid that it can show. */
export function wireViewer() {
  const dialog = find("#viewer", HTMLDialogElement);
  const viewer = new Viewer(dialog);
  document.querySelector("#rows")?.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const isPlain = event instanceof MouseEvent && !hasModifier(event) && event.button === 0;
    if (link === null || !isPlain || kindOf(link) === undefined) return;
    event.preventDefault();
    viewer.open(link);
  });
  addEventListener("popstate", () => viewer.follow());
  // After a reload, or the way back from the original, the page goes on with what was shown.
  viewer.follow();
}

/** @param {MouseEvent} event */
function hasModifier({ ctrlKey, metaKey, altKey, shiftKey }) {
  return ctrlKey || metaKey || altKey || shiftKey;
}

/**
 * Shows one entry of the grid at a time, over the whole window. An entry of the history stands for the
 * open viewer, so that Back closes it.
 */
class Viewer {
  #dialog;
  #stage = find("#viewer-stage", HTMLElement);
  #name = find("#viewer-name", HTMLElement);
  #details = find("#viewer-details", HTMLElement);
  #original = find("#viewer-original", HTMLAnchorElement);
  #previous = find("#viewer-previous", HTMLButtonElement);
  #next = find("#viewer-next", HTMLButtonElement);
  /** @type {HTMLAnchorElement[]} */
  #links = [];
  #current = 0;
  /** The next picture, loaded ahead. */
  #ahead = new Image();

  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.#dialog = dialog;
    find("#viewer-close", HTMLButtonElement).addEventListener("click", () => dialog.close());
    this.#previous.addEventListener("click", () => this.#move(-1));
    this.#next.addEventListener("click", () => this.#move(1));
    listenToSwipes(this.#stage, (step) => this.#move(step));
    dialog.addEventListener("keydown", (event) => this.#onKey(event));
    dialog.addEventListener("close", () => this.#onClose());
  }

  /**
   * Shows what a link leads to.
   * @param {HTMLAnchorElement} link
   */
  open(link) {
    history.pushState({ viewing: link.href }, "");
    this.follow();
  }

  /** Shows what the current entry of the history stands for, or nothing. */
  follow() {
    const href = viewingOf(history.state);
    const links = linksInView();
    const index = links.findIndex((link) => link.href === href);
    if (index < 0) return this.#dialog.close();
    this.#links = links;
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#show(index);
  }

  /** @param {number} step */
  #move(step) {
    const link = this.#links[this.#current + step];
    if (link === undefined) return;
    history.replaceState({ viewing: link.href }, "");
    this.#show(this.#current + step);
  }

  /** @param {number} index */
  #show(index) {
    const link = this.#links[index];
    if (link === undefined) return;
    this.#current = index;
    this.#name.textContent = link.textContent;
    this.#details.textContent = detailsOf(link, index, this.#links.length);
    this.#original.href = link.href;
    // A disabled button would lose the focus, and the keys with it.
    this.#previous.ariaDisabled = String(index === 0);
    this.#next.ariaDisabled = String(index === this.#links.length - 1);
    const onReady = () => this.#loadAhead(index);
    const onFailure = () => this.#stage.replaceChildren(makeText(FAILURE));
    this.#stage.replaceChildren(...makeMedia(link, { onReady, onFailure }));
  }

  /** @param {number} index */
  #loadAhead(index) {
    const next = this.#links[index + 1];
    if (index !== this.#current || next === undefined || kindOf(next) !== "image") return;
    this.#ahead.src = next.href;
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    // A player has a use for the arrows itself.
    if (hasModifierKey(event) || event.target instanceof HTMLMediaElement) return;
    const steps = new Map([
      ["ArrowLeft", -1],
      ["ArrowRight", 1],
      ["Home", -this.#current],
      ["End", this.#links.length - 1 - this.#current],
    ]);
    const step = steps.get(event.key);
    if (step === undefined) return;
    event.preventDefault();
    this.#move(step);
  }

  /** The focus goes to the entry that was shown last, and the history back to the grid. */
  #onClose() {
    // The event comes some time after the end, and the viewer may be open again.
    if (this.#dialog.open) return;
    this.#stage.replaceChildren(); // which ends what plays
    this.#links[this.#current]?.focus();
    if (viewingOf(history.state) !== undefined) history.back();
  }
}

/** @param {KeyboardEvent} event */
function hasModifierKey({ ctrlKey, metaKey, altKey, shiftKey }) {
  return ctrlKey || metaKey || altKey || shiftKey;
}

/**
 * Returns the address of what is shown; undefined for a state without a viewer.
 * @param {unknown} state
 */
function viewingOf(state) {
  const isOurs = typeof state === "object" && state !== null && "viewing" in state;
  return isOurs ? state.viewing : undefined;
}

/** Returns the links of what can be shown, without those that the filter hides. */
function linksInView() {
  return [...document.querySelectorAll("#rows tr:not([hidden]) a")]
    .filter((link) => link instanceof HTMLAnchorElement)
    .filter((link) => kindOf(link) !== undefined);
}

/**
 * @param {HTMLAnchorElement} link
 * @param {number} index
 * @param {number} count
 */
function detailsOf(link, index, count) {
  const cells = [...(link.closest("tr")?.cells ?? [])].slice(1).map((cell) => cell.textContent);
  return [`${index + 1} of ${count}`, ...cells].filter((text) => text !== "").join(" · ");
}

/** @param {string} text */
function makeText(text) {
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  return paragraph;
}

/**
 * Returns the first element of this class that the selector finds; throws if the page has none.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 */
function find(selector, type) {
  const found = document.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} ${selector}`);
  return found;
}
