import baseCss from "../../public/base.css" with { type: "text" };
import faviconSvg from "../../public/favicon.svg" with { type: "text" };
import indexCss from "../../public/index.css" with { type: "text" };
import indexJs from "../../public/index.js" with { type: "text" };
import testCss from "../../public/test.css" with { type: "text" };
import testHtml from "../../public/test.html" with { type: "text" };
import testJs from "../../public/test.js" with { type: "text" };

/** A file of `public/` that is embedded in the server, so that it exists wherever the server runs. */
export interface EmbeddedText {
  readonly text: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const CSS = "text/css; charset=utf-8";
const JAVASCRIPT = "text/javascript; charset=utf-8";
const FAVICON: EmbeddedText = { text: faviconSvg, contentType: "image/svg+xml" };

const TEST_PAGE: EmbeddedText = {
  // Bun's types treat every .html import as a bundle; with `type: "text"` it is a string.
  text: testHtml as unknown as string,
  contentType: "text/html; charset=utf-8",
  headers: {
    // The page can test the WebSockets of any server, so ws: and wss: are allowed.
    "Content-Security-Policy":
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  },
};

/** The assets at our own addresses, below `/.meerkat/`, which no file of a user can replace. */
export const RESERVED_ASSETS: ReadonlyMap<string, EmbeddedText> = new Map([
  ["/.meerkat/index.css", { text: baseCss + indexCss, contentType: CSS }],
  ["/.meerkat/index.js", { text: indexJs, contentType: JAVASCRIPT }],
  ["/.meerkat/test.css", { text: baseCss + testCss, contentType: CSS }],
  ["/.meerkat/test.js", { text: testJs, contentType: JAVASCRIPT }],
]);

/** The assets that are served if the root has no file of that name. */
export const FALLBACK_ASSETS: ReadonlyMap<string, EmbeddedText> = new Map([
  ["/test.html", TEST_PAGE],
  ["/favicon.svg", FAVICON],
  // Browsers request it on their own, and accept an SVG by its media type.
  ["/favicon.ico", FAVICON],
]);
