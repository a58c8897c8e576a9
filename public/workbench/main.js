// The WebSocket workbench of test.html. Read it as it runs:
//
//   main             starts it, and draws a frame
//   page             holds the state; elements finds the parts of test.html
//   connection       connects and disconnects; connection-panel has its fields and buttons
//   reconnect        waits to connect again, after an end that nobody wanted
//   setup            keeps the fields for the tab; link writes and reads a link that carries them
//   target           checks an address; close-codes and explain say what an end means
//   first-steps      are what an empty log offers
//   bench            writes the wishes for the echo into the address, by query
//   composer         has the message box, files and, by hex, bytes; history has the sent messages
//   fill-in          fills in the places of a message; saved keeps messages, saved-panel shows them
//   traffic          sends and counts; receive takes what comes; repeat sends the same message at intervals
//   burst            makes many messages and checks their echoes; burst-panel sends them
//   round-trips      times echoes; figures and charts draw the times
//   log              keeps entries; log-view draws them, log-row a row of one, and json lays it out
//   filter           says which entries are shown; filter-panel has its fields, filter-worker a thread
//   log-file         saves the log, clipboard copies it, announce reads what is new aloud
//   format, size     write times and sizes; field-error says what is wrong with a field
//
// All state is in one object, the page, which createPage() makes and every function gets. Sockets
// and keys change the state and ask for a frame. Only drawing writes figures and rows, at most once a
// frame, so a flood of messages costs no more than the screen can show.

import { showBench, showSummary, wireBench } from "./bench.js";
import { drawBurst, wireBurst } from "./burst-panel.js";
import { showFormat, wireComposer } from "./composer.js";
import { applyFilter, wireFilter } from "./filter-panel.js";
import { wireConnection } from "./connection.js";
import { setState, showConnectButton, showOptions } from "./connection-panel.js";
import { drawCharts, drawFigures, wireFigures } from "./figures.js";
import { wireFirstSteps } from "./first-steps.js";
import { loadHistory } from "./history.js";
import { drawLog, wireLog } from "./log-view.js";
import { createPage } from "./page.js";
import { wireRepeat } from "./repeat.js";
import { wireSaved } from "./saved-panel.js";
import { restoreSetup, saveSetup, takeLink, wireSetup } from "./setup.js";
import { drawBuffered } from "./traffic.js";

/** @import { Page } from "./page.js" */

const oneColumn = matchMedia("(max-width: 900px)");

start();

/** Starts the workbench. */
function start() {
  const page = createPage(draw);
  const { ui } = page;
  // A default gives way to the address that a browser puts back.
  ui.url.defaultValue = ownEcho();
  ui.burstPanel.open = !oneColumn.matches;
  wireConnection(page);
  wireBench(page);
  wireComposer(page);
  wireSaved(page);
  wireRepeat(page);
  wireBurst(page);
  wireLog(page);
  wireFilter(page);
  wireFirstSteps(page, () => fieldsChanged(page));
  wireFigures(page);
  loadHistory(page.history);
  setState(page, "disconnected");
  fillFields(page);
  followLink(page);
  wireSetup(page);
  page.requestDraw();
  addEventListener("hashchange", () => followLink(page));
  // Browsers put back what was typed, too: most before `pageshow`, WebKit after it.
  addEventListener("pageshow", () => setTimeout(() => fillFields(page)));
}

/**
 * Puts back the fields that the tab has kept. If it has kept none, those of the test bench follow from
 * the address.
 * @param {Page} page
 */
function fillFields(page) {
  showBench(page.ui);
  restoreSetup();
  agree(page);
}

/**
 * Takes over the set-up that the address of the page carries, if it carries one.
 * @param {Page} page
 */
function followLink(page) {
  if (takeLink()) fieldsChanged(page);
}

/**
 * Shows what follows from an address that the page itself has put into its field.
 * @param {Page} page
 */
function fieldsChanged(page) {
  showBench(page.ui);
  saveSetup();
  agree(page);
}

/**
 * Shows what follows from the fields.
 * @param {Page} page
 */
function agree(page) {
  showSummary(page.ui);
  showOptions(page.ui);
  showConnectButton(page);
  showFormat(page);
  applyFilter(page);
}

/** Returns the address of the echo beside this page, below whatever prefix a proxy shows them. */
function ownEcho() {
  const { pathname } = new URL("websocket", location.href);
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${pathname}`;
}

/**
 * Draws everything that the state has changed.
 * @param {Page} page
 */
function draw(page) {
  drawLog(page);
  drawFigures(page);
  drawCharts(page);
  drawBurst(page);
  drawBuffered(page);
}
