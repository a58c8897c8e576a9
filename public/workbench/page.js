import { createChart } from "./charts.js";
import { createConnection } from "./connection.js";
import { findElements } from "./elements.js";
import { createHistory } from "./history.js";
import { createLog } from "./log.js";
import { createRoundTrips } from "./round-trips.js";
import { createCounters } from "./traffic.js";

/** @import { Burst } from "./burst.js" */
/** @import { Chart } from "./charts.js" */
/** @import { Connection } from "./connection.js" */
/** @import { Elements } from "./elements.js" */
/** @import { MessageHistory } from "./history.js" */
/** @import { Log } from "./log.js" */
/** @import { Repeat } from "./repeat.js" */
/** @import { RoundTrips } from "./round-trips.js" */
/** @import { Counters } from "./traffic.js" */

/**
 * The whole state of the workbench. `createPage()` makes it once, and every function gets it.
 * @typedef {object} Page
 * @property {Elements} ui
 * @property {Connection} connection
 * @property {MessageHistory} history
 * @property {Repeat | undefined} repeat while it runs
 * @property {Burst | undefined} burst while it runs
 * @property {Counters} counters
 * @property {RoundTrips} roundTrips
 * @property {Chart} chart
 * @property {Log} log
 * @property {() => void} requestDraw asks for a frame, in which the page is drawn
 */

/**
 * Makes the state of a page that is not connected yet.
 * @param {(page: Page) => void} draw writes the state to the screen
 * @returns {Page}
 */
export function createPage(draw) {
  /** @type {Page} */
  const page = {
    ui: findElements(),
    connection: createConnection(),
    history: createHistory(),
    repeat: undefined,
    burst: undefined,
    counters: createCounters(),
    roundTrips: createRoundTrips(),
    chart: createChart(),
    log: createLog(),
    requestDraw: createFrames(() => draw(page)),
  };
  return page;
}

/** The least time (ms) between two frames: nobody reads faster, and a burst has the rest. */
const frameMs = 50;

/**
 * Returns a function that asks for a frame. After a costly frame the next one waits, so that drawing
 * takes at most about a fifth of the time and sockets and keys get the rest.
 * @param {() => void} draw
 */
function createFrames(draw) {
  let isRequested = false;
  let costMs = 0;
  let drawnAt = -Infinity;
  const drawNow = () => {
    const startedAt = performance.now();
    isRequested = false;
    draw();
    drawnAt = performance.now();
    costMs = drawnAt - startedAt;
  };
  return () => {
    if (isRequested) return;
    isRequested = true;
    const waitMs = drawnAt + Math.max(frameMs, costMs * 4) - performance.now();
    if (waitMs <= 0) requestAnimationFrame(drawNow);
    else setTimeout(() => requestAnimationFrame(drawNow), waitMs);
  };
}
