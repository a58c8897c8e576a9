/** @typedef {"ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown"} Arrow */

/** A box of the page, in its pixels.
 * @typedef {Pick<DOMRect, "top" | "left">} Box
 */

/** Leaves out pictures that do not load, and listens to the arrow keys. */
export function wireTiles() {
  const table = document.querySelector("table");
  // Such events do not rise, but they can be caught on their way down.
  table?.addEventListener("error", ({ target }) => leaveOut(target), { capture: true });
  for (const picture of document.querySelectorAll("#rows img")) leaveOutIfBroken(picture);
  // Before the script of the index, whose keys know only up and down.
  addEventListener("keydown", onKey, { capture: true });
}

/** @param {EventTarget | null} picture */
function leaveOut(picture) {
  if (picture instanceof HTMLImageElement) picture.hidden = true;
}

/** @param {Element} picture */
function leaveOutIfBroken(picture) {
  if (!(picture instanceof HTMLImageElement)) return;
  if (picture.complete && picture.currentSrc !== "" && picture.naturalWidth === 0)
    leaveOut(picture);
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const { key, target, ctrlKey, metaKey, altKey, shiftKey } = event;
  if (!isArrow(key) || ctrlKey || metaKey || altKey || shiftKey) return;
  const isElsewhere = target instanceof Element && target.matches("input, textarea, select");
  if (isElsewhere || document.querySelector("dialog[open]") !== null) return;
  const links = [...document.querySelectorAll("tbody tr:not([hidden]) a")].filter(
    (link) => link instanceof HTMLAnchorElement,
  );
  const current = links.findIndex((link) => link === document.activeElement);
  // The script of the index finds the first one.
  if (current < 0) return;
  event.stopPropagation();
  event.preventDefault();
  const boxes = links.map((link) => link.getBoundingClientRect());
  links[neighborOf(boxes, current, key)]?.focus();
}

/**
 * @param {string} key
 * @returns {key is Arrow}
 */
function isArrow(key) {
  return ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(key);
}

/**
 * Returns the index of the tile that an arrow leads to: the next one or the one before, also from row to
 * row, or the one above or below. At the end it is the same tile.
 * @param {readonly Box[]} boxes of all tiles, in their order
 * @param {number} current
 * @param {Arrow} arrow
 */
export function neighborOf(boxes, current, arrow) {
  const from = boxes[current];
  if (from === undefined) return current;
  if (arrow === "ArrowLeft") return Math.max(current - 1, 0);
  if (arrow === "ArrowRight") return Math.min(current + 1, boxes.length - 1);
  const step = arrow === "ArrowUp" ? -1 : 1;
  // The first tile of another row tells which row it is.
  let best = current;
  for (let index = current + step; boxes[index] !== undefined; index += step) {
    const box = boxes[index] ?? from;
    if (box.top === from.top) continue;
    const row = boxes[best]?.top;
    if (best !== current && box.top !== row) break;
    if (best === current || distance(box, from) < distance(boxes[best] ?? from, from)) best = index;
  }
  return best;
}

/**
 * @param {Box} one
 * @param {Box} other
 */
function distance(one, other) {
  return Math.abs(one.left - other.left);
}
