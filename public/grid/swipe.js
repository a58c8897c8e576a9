/** The least way of a swipe, in pixels; a finger that taps moves less. */
const LEAST_PIXELS = 48;

/**
 * Tells the direction of a gesture from its way: 1 to the left, which brings the next, -1 to the right, and
 * 0 if it is none, as it is too short or goes up or down.
 * @param {number} x
 * @param {number} y
 * @returns {1 | 0 | -1}
 */
export function swipeOf(x, y) {
  if (Math.abs(x) < LEAST_PIXELS || Math.abs(x) < 2 * Math.abs(y)) return 0;
  return x < 0 ? 1 : -1;
}

/**
 * Listens to swipes of one finger; those of two enlarge.
 * @param {HTMLElement} element
 * @param {(step: 1 | -1) => void} onSwipe
 */
export function listenToSwipes(element, onSwipe) {
  /** @type {PointerEvent | undefined} */
  let start;
  element.addEventListener("pointerdown", (event) => {
    start = event.isPrimary && event.pointerType !== "mouse" ? event : undefined;
  });
  element.addEventListener("pointercancel", () => (start = undefined));
  element.addEventListener("pointerup", (event) => {
    if (start?.pointerId !== event.pointerId) return;
    const step = swipeOf(event.clientX - start.clientX, event.clientY - start.clientY);
    start = undefined;
    // In an enlarged page the finger moves what is seen of it.
    const isEnlarged = (visualViewport?.scale ?? 1) > 1;
    if (step !== 0 && !isEnlarged) onSwipe(step);
  });
}
