import { onTargetChange } from "./connection.js";
import { describeWishes, readWishes, withWishes } from "./query.js";

/** @import { Elements } from "./elements.js" */
/** @import { Page } from "./page.js" */
/** @import { Wishes } from "./query.js" */

/**
 * Keeps the fields of the test bench and the query of the address in step.
 * @param {Page} page
 */
export function wireBench(page) {
  const { ui } = page;
  for (const field of Object.values(ui.bench)) {
    field.addEventListener("input", () => {
      ui.url.value = withWishes(ui.url.value, wishesOf(ui.bench));
      showSummary(ui);
      onTargetChange(page);
    });
  }
  ui.url.addEventListener("input", () => showBench(ui));
}

/**
 * Shows the wishes of the address in the fields of the test bench.
 * @param {Elements} ui
 */
export function showBench(ui) {
  showWishes(ui.bench, readWishes(ui.url.value));
  showSummary(ui);
}

/**
 * Reads the fields of the test bench.
 * @param {Elements["bench"]} bench
 * @returns {Wishes}
 */
function wishesOf({ delay, jitter, close, reason, after, drop, greet, every }) {
  return {
    delay: delay.value,
    jitter: jitter.value,
    close: close.value,
    reason: reason.value,
    after: after.value,
    drop: drop.checked,
    greet: greet.value,
    every: every.value,
  };
}

/**
 * Writes wishes into the fields of the test bench.
 * @param {Elements["bench"]} bench
 * @param {Wishes} wishes
 */
function showWishes({ drop, ...fields }, wishes) {
  for (const name of /** @type {(keyof typeof fields)[]} */ (Object.keys(fields))) {
    fields[name].value = wishes[name];
  }
  drop.checked = wishes.drop;
}

/**
 * Shows the wishes of the address beside the heading of the test bench.
 * @param {Elements} ui
 */
export function showSummary({ benchSummary, url }) {
  benchSummary.textContent = describeWishes(url.value);
}
