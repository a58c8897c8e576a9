// The WebSocket workbench. Read it as it runs:
//
//   main              the start, and what is drawn in a frame
//   page, elements    the state, and the elements of test.html
//   connection        connect, reconnect, disconnect; connection-panel: its fields and buttons
//   endings           what a close code means, and why a connection was not made
//   bench             what the echo is to do, kept in the URL's query
//   composer          the message box, files; hex; history: messages sent before
//   traffic           sending, and what is counted
//   repeat            the same message at intervals
//   burst             many checked messages; burst-panel: at a rate, or as fast as the socket takes them
//   round-trips       times, buckets, percentiles
//   log               entries; log-view: rows, scrolling, copying
//   figures, charts   the numbers, the curve and the histogram
//   format            sizes and times
//
// All state is in one object, the page, made by createPage() and passed on. Sockets and keys change
// the state and ask for a frame; only drawing writes figures and rows, at most once a frame, so that
// a flood of messages costs no more than the screen can show.

import { wireBench } from "./bench.js";
import { drawBurst, wireBurst } from "./burst-panel.js";
import { showFormat, wireComposer } from "./composer.js";
import { wireConnection } from "./connection.js";
import { setState } from "./connection-panel.js";
import { drawCharts, drawFigures, wireFigures } from "./figures.js";
import { loadHistory } from "./history.js";
import { drawLog, wireLog } from "./log-view.js";
import { createPage } from "./page.js";
import { wireRepeat } from "./repeat.js";
import { drawBuffered } from "./traffic.js";

/** @import { Page } from "./page.js" */

const oneColumn = matchMedia("(max-width: 900px)");

start();

function start() {
  const page = createPage(draw);
  const { ui } = page;
  ui.url.value = ownEcho();
  ui.burstPanel.open = !oneColumn.matches;
  wireConnection(page);
  wireBench(page);
  wireComposer(page);
  wireRepeat(page);
  wireBurst(page);
  wireLog(page);
  wireFigures(page);
  loadHistory(page.history);
  setState(page, "disconnected");
  showFormat(page);
  page.requestDraw();
}

/** The echo beside this page, under whatever prefix a proxy shows them. */
function ownEcho() {
  const { pathname } = new URL("websocket", location.href);
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${pathname}`;
}

/** @param {Page} page */
function draw(page) {
  drawLog(page);
  drawFigures(page);
  drawCharts(page);
  drawBurst(page);
  drawBuffered(page);
}
