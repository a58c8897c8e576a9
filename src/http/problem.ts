import { STATUS_CODES } from "node:http";
import { chooseMediaType } from "./accept.ts";
import { escapeHtml } from "./html-escape.ts";
import { upward } from "./location.ts";

/** The body of an error answer and its media type. */
export interface RenderedProblem {
  readonly contentType: string;
  readonly body: string;
}

/** The form of an error answer: a page, RFC 9457 problem details, or plain text. */
export type ProblemForm = "html" | "json" | "text";

/** The forms by media type; plain text comes first, for clients that accept anything, such as curl. */
const FORM_OF: Readonly<Record<string, ProblemForm>> = {
  "text/plain": "text",
  "text/html": "html",
  "application/problem+json": "json",
  "application/json": "json",
};

/** The advice to people by status, which has nothing of the request in it. */
const ADVICE: Readonly<Record<number, string>> = {
  400: "The address cannot be read. Check it for stray characters.",
  401: "The server asks for a user name and a password.",
  403: "The server may not read this. Ask its owner to change the permissions.",
  404: "There is nothing at this address. Check the spelling, or start from the index.",
  405: "This address can only be read: use GET or HEAD.",
  412: "The content has changed since you loaded it. Load it again.",
  416: "The file ends before the requested range. Load it from the start.",
  500: "Something went wrong on the server. Its log says what.",
  503: "The server is busy or shutting down. Try again in a moment.",
};

/** Chooses the form by the Accept field (RFC 9110 §12.5.1); plain text if none is acceptable. */
export function chooseProblemForm(accept: string | undefined): ProblemForm {
  return FORM_OF[chooseMediaType(accept, Object.keys(FORM_OF)) ?? ""] ?? "text";
}

/**
 * Renders the body of an error answer in the form that the client likes best.
 *
 * @param depth of the address, for the relative references of a page; see `depthOf`
 * @param advice what to do next, instead of the default text of this status
 */
export function renderProblem(
  status: number,
  accept: string | undefined,
  depth: number,
  advice: string | undefined = ADVICE[status],
): RenderedProblem {
  const title = STATUS_CODES[status] ?? "Error";
  const form = chooseProblemForm(accept);
  switch (form) {
    case "html":
      return {
        contentType: "text/html; charset=utf-8",
        body: renderPage(`${status} ${title}`, upward(depth), advice),
      };
    case "json": {
      // RFC 9457 §4.2.1: a problem without a special type is described by its status.
      const details = { type: "about:blank", title, status, detail: advice };
      return { contentType: "application/problem+json", body: `${JSON.stringify(details)}\n` };
    }
    case "text": {
      const lines = [`${status} ${title}`, ...(advice === undefined ? [] : [advice])];
      return { contentType: "text/plain; charset=utf-8", body: `${lines.join("\n")}\n` };
    }
    default:
      return form satisfies never;
  }
}

/** @param root the relative reference of the root */
function renderPage(title: string, root: string, advice: string | undefined): string {
  const heading = escapeHtml(title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${heading}</title>
<link rel="stylesheet" href="${root}.meerkat/index.css">
<link rel="icon" href="${root}favicon.svg" type="image/svg+xml">
</head>
<body class="problem">
<main>
<h1>${heading}</h1>
${advice === undefined ? "" : `<p>${escapeHtml(advice)}</p>\n`}<p><a href="${root}">Go to the index</a></p>
</main>
</body>
</html>
`;
}
