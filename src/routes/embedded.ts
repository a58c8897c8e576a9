import baseCss from "../../public/base.css" with { type: "text" };
import faviconSvg from "../../public/favicon.svg" with { type: "text" };
import indexCss from "../../public/index.css" with { type: "text" };
import indexJs from "../../public/index.js" with { type: "text" };
import testCss from "../../public/test.css" with { type: "text" };
import testHtml from "../../public/test.html" with { type: "text" };
import testJs from "../../public/test.js" with { type: "text" };

/** A file of `public/`, embedded in the server so that it is there wherever that runs. */
export interface EmbeddedText {
  readonly text: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const CSS = "text/css; charset=utf-8";
const JAVASCRIPT = "text/javascript; charset=utf-8";
const FAVICON: EmbeddedText = { text: faviconSvg, contentType: "image/svg+xml" };

const TEST_PAGE: EmbeddedText = {
  // Bun's types take every .html import for a bundle; with `type: "text"` it is the text.
  text: testHtml as unknown as string,
  contentType: "text/html; charset=utf-8",
  headers: {
    // A WebSocket to any server may be tested from this page, so ws: and wss: are open.
    "Content-Security-Policy":
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  },
};

/** At our own addresses, below `/.meerkat/`: nothing a user has can be in their place. */
export const RESERVED_ASSETS: ReadonlyMap<string, EmbeddedText> = new Map([
  ["/.meerkat/index.css", { text: baseCss + indexCss, contentType: CSS }],
  ["/.meerkat/index.js", { text: indexJs, contentType: JAVASCRIPT }],
  ["/.meerkat/test.css", { text: baseCss + testCss, contentType: CSS }],
  ["/.meerkat/test.js", { text: testJs, contentType: JAVASCRIPT }],
]);

/** Answered where the root has no file of that name. */
export const FALLBACK_ASSETS: ReadonlyMap<string, EmbeddedText> = new Map([
  ["/test.html", TEST_PAGE],
  ["/favicon.svg", FAVICON],
  // Browsers ask for it unasked, and take an SVG for it by its media type.
  ["/favicon.ico", FAVICON],
]);
