import baseCss from "../../public/base.css" with { type: "text" };
import gridCss from "../../public/grid/grid.css" with { type: "text" };
import indexPageCss from "../../public/index/page.css" with { type: "text" };
import indexReadmeCss from "../../public/index/readme.css" with { type: "text" };
import indexScreensCss from "../../public/index/screens.css" with { type: "text" };
import indexTableCss from "../../public/index/table.css" with { type: "text" };
import workbenchControlsCss from "../../public/workbench/controls.css" with { type: "text" };
import workbenchFiguresCss from "../../public/workbench/figures.css" with { type: "text" };
import workbenchLayoutCss from "../../public/workbench/layout.css" with { type: "text" };
import workbenchLogCss from "../../public/workbench/log.css" with { type: "text" };
import workbenchScreensCss from "../../public/workbench/screens.css" with { type: "text" };
import iconsSvg from "../../public/index/icons.svg" with { type: "text" };
import faviconSvg from "../../public/favicon.svg" with { type: "text" };
import gridMainJs from "../../public/grid/main.js" with { type: "text" };
import gridMediaJs from "../../public/grid/media.js" with { type: "text" };
import gridSwipeJs from "../../public/grid/swipe.js" with { type: "text" };
import gridTilesJs from "../../public/grid/tiles.js" with { type: "text" };
import gridViewerJs from "../../public/grid/viewer.js" with { type: "text" };
import indexFilterJs from "../../public/index/filter.js" with { type: "text" };
import indexFoldJs from "../../public/index/fold.js" with { type: "text" };
import indexHelpJs from "../../public/index/help.js" with { type: "text" };
import indexKeysJs from "../../public/index/keys.js" with { type: "text" };
import indexMainJs from "../../public/index/main.js" with { type: "text" };
import indexMakeJs from "../../public/index/make.js" with { type: "text" };
import indexPageJs from "../../public/index/page.js" with { type: "text" };
import indexTimesJs from "../../public/index/times.js" with { type: "text" };
import indexTrailJs from "../../public/index/trail.js" with { type: "text" };
import testHtml from "../../public/test.html" with { type: "text" };
import announceJs from "../../public/workbench/announce.js" with { type: "text" };
import benchJs from "../../public/workbench/bench.js" with { type: "text" };
import burstJs from "../../public/workbench/burst.js" with { type: "text" };
import burstPanelJs from "../../public/workbench/burst-panel.js" with { type: "text" };
import chartsJs from "../../public/workbench/charts.js" with { type: "text" };
import clipboardJs from "../../public/workbench/clipboard.js" with { type: "text" };
import closeCodesJs from "../../public/workbench/close-codes.js" with { type: "text" };
import composerJs from "../../public/workbench/composer.js" with { type: "text" };
import connectionJs from "../../public/workbench/connection.js" with { type: "text" };
import connectionPanelJs from "../../public/workbench/connection-panel.js" with { type: "text" };
import elementsJs from "../../public/workbench/elements.js" with { type: "text" };
import explainJs from "../../public/workbench/explain.js" with { type: "text" };
import fieldErrorJs from "../../public/workbench/field-error.js" with { type: "text" };
import figuresJs from "../../public/workbench/figures.js" with { type: "text" };
import fillInJs from "../../public/workbench/fill-in.js" with { type: "text" };
import filterJs from "../../public/workbench/filter.js" with { type: "text" };
import filterPanelJs from "../../public/workbench/filter-panel.js" with { type: "text" };
import filterWorkerJs from "../../public/workbench/filter-worker.js" with { type: "text" };
import firstStepsJs from "../../public/workbench/first-steps.js" with { type: "text" };
import formatJs from "../../public/workbench/format.js" with { type: "text" };
import hexJs from "../../public/workbench/hex.js" with { type: "text" };
import historyJs from "../../public/workbench/history.js" with { type: "text" };
import jsonJs from "../../public/workbench/json.js" with { type: "text" };
import linkJs from "../../public/workbench/link.js" with { type: "text" };
import logJs from "../../public/workbench/log.js" with { type: "text" };
import logFileJs from "../../public/workbench/log-file.js" with { type: "text" };
import logRowJs from "../../public/workbench/log-row.js" with { type: "text" };
import logViewJs from "../../public/workbench/log-view.js" with { type: "text" };
import mainJs from "../../public/workbench/main.js" with { type: "text" };
import messageJs from "../../public/workbench/message.js" with { type: "text" };
import pageJs from "../../public/workbench/page.js" with { type: "text" };
import queryJs from "../../public/workbench/query.js" with { type: "text" };
import receiveJs from "../../public/workbench/receive.js" with { type: "text" };
import reconnectJs from "../../public/workbench/reconnect.js" with { type: "text" };
import repeatJs from "../../public/workbench/repeat.js" with { type: "text" };
import roundTripsJs from "../../public/workbench/round-trips.js" with { type: "text" };
import savedJs from "../../public/workbench/saved.js" with { type: "text" };
import savedPanelJs from "../../public/workbench/saved-panel.js" with { type: "text" };
import setupJs from "../../public/workbench/setup.js" with { type: "text" };
import sizeJs from "../../public/workbench/size.js" with { type: "text" };
import targetJs from "../../public/workbench/target.js" with { type: "text" };
import trafficJs from "../../public/workbench/traffic.js" with { type: "text" };

/** A file of `public/` that is embedded in the server, so that it exists wherever the server runs. */
export interface EmbeddedText {
  readonly text: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Comments that take whole lines, of which a third of our scripts and sheets consists. */
const COMMENT_LINES = /^[ \t]*(?:\/\*[^]*?\*\/|\/\/.*)\n/gm;

const CSS = "text/css; charset=utf-8";
const JAVASCRIPT = "text/javascript; charset=utf-8";
const SVG = "image/svg+xml";
const FAVICON: EmbeddedText = { text: faviconSvg, contentType: SVG };

/** The modules of the index, which import each other by relative addresses. */
const INDEX: Readonly<Record<string, string>> = {
  "filter.js": indexFilterJs,
  "fold.js": indexFoldJs,
  "help.js": indexHelpJs,
  "keys.js": indexKeysJs,
  "main.js": indexMainJs,
  "make.js": indexMakeJs,
  "page.js": indexPageJs,
  "times.js": indexTimesJs,
  "trail.js": indexTrailJs,
};

/** The modules of the grid, which only the index of a directory that is shown as one loads besides. */
const GRID: Readonly<Record<string, string>> = {
  "main.js": gridMainJs,
  "media.js": gridMediaJs,
  "swipe.js": gridSwipeJs,
  "tiles.js": gridTilesJs,
  "viewer.js": gridViewerJs,
};

/** The modules of the workbench, likewise. */
const WORKBENCH: Readonly<Record<string, string>> = {
  "announce.js": announceJs,
  "bench.js": benchJs,
  "burst.js": burstJs,
  "burst-panel.js": burstPanelJs,
  "charts.js": chartsJs,
  "clipboard.js": clipboardJs,
  "close-codes.js": closeCodesJs,
  "composer.js": composerJs,
  "connection.js": connectionJs,
  "connection-panel.js": connectionPanelJs,
  "elements.js": elementsJs,
  "explain.js": explainJs,
  "field-error.js": fieldErrorJs,
  "figures.js": figuresJs,
  "fill-in.js": fillInJs,
  "filter.js": filterJs,
  "filter-panel.js": filterPanelJs,
  "filter-worker.js": filterWorkerJs,
  "first-steps.js": firstStepsJs,
  "format.js": formatJs,
  "hex.js": hexJs,
  "history.js": historyJs,
  "json.js": jsonJs,
  "link.js": linkJs,
  "log.js": logJs,
  "log-file.js": logFileJs,
  "log-row.js": logRowJs,
  "log-view.js": logViewJs,
  "main.js": mainJs,
  "message.js": messageJs,
  "page.js": pageJs,
  "query.js": queryJs,
  "receive.js": receiveJs,
  "reconnect.js": reconnectJs,
  "repeat.js": repeatJs,
  "round-trips.js": roundTripsJs,
  "saved.js": savedJs,
  "saved-panel.js": savedPanelJs,
  "setup.js": setupJs,
  "size.js": sizeJs,
  "target.js": targetJs,
  "traffic.js": trafficJs,
};

/** The comment of the workbench's page that stands for the names of its modules. */
const MODULES_MARK = /^ *<!-- The server names the modules .*\n/m;

/** Elements that have the browser fetch all modules at once, not each when the last one asks for it. */
const PRELOADS = Object.keys(WORKBENCH)
  .filter((name) => name !== "main.js" && !name.endsWith("-worker.js"))
  .map((name) => `    <link rel="modulepreload" href=".meerkat/workbench/${name}" />\n`)
  .join("");

const TEST_PAGE: EmbeddedText = {
  // Bun's types take every .html import for a bundle, but it is the text (Bun: html-as-text).
  text: (testHtml as unknown as string).replace(MODULES_MARK, PRELOADS),
  contentType: "text/html; charset=utf-8",
  headers: {
    // A WebSocket to any server may be tested from this page, so ws: and wss: are open.
    "Content-Security-Policy":
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  },
};

/** The sheets of a page, joined in the order of the cascade: the rules for other screens come last. */
const INDEX_CSS = [baseCss, indexPageCss, indexTableCss, indexReadmeCss, indexScreensCss].join("");
const WORKBENCH_CSS = [
  baseCss,
  workbenchLayoutCss,
  workbenchControlsCss,
  workbenchFiguresCss,
  workbenchLogCss,
  workbenchScreensCss,
].join("");

/** Files at our own addresses, below `/.meerkat/`, where no file of a user can be in their place. */
export const RESERVED_ASSETS: ReadonlyMap<string, EmbeddedText> = new Map([
  ["/.meerkat/index.css", { text: withoutComments(INDEX_CSS), contentType: CSS }],
  ["/.meerkat/index/icons.svg", { text: iconsSvg, contentType: SVG }],
  ...servedAt("/.meerkat/index/", INDEX),
  ["/.meerkat/grid.css", { text: withoutComments(gridCss), contentType: CSS }],
  ...servedAt("/.meerkat/grid/", GRID),
  ["/.meerkat/test.css", { text: withoutComments(WORKBENCH_CSS), contentType: CSS }],
  ...servedAt("/.meerkat/workbench/", WORKBENCH),
]);

/** Files that are sent where the root has no file of that name. */
export const FALLBACK_ASSETS: ReadonlyMap<string, EmbeddedText> = new Map([
  ["/test.html", TEST_PAGE],
  ["/favicon.svg", FAVICON],
  // Browsers request it on their own, and accept an SVG by its media type.
  ["/favicon.ico", FAVICON],
]);

/** Leaves out the comments, which are for whoever reads the sources and not for the wire. */
function withoutComments(text: string): string {
  return text.replace(COMMENT_LINES, "");
}

function servedAt(
  path: string,
  modules: Readonly<Record<string, string>>,
): [path: string, file: EmbeddedText][] {
  return Object.entries(modules).map(([name, text]) => [
    path + name,
    { text: withoutComments(text), contentType: JAVASCRIPT },
  ]);
}
