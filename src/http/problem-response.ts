import { depthOf, locationOf } from "./location.ts";
import { chooseProblemForm, renderProblem, type ProblemForm } from "./problem.ts";

/** The policy of error pages: no scripts, and nothing to load but our style sheet and icon. */
const PROBLEM_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * Makes an error answer in the form that the client likes best.
 *
 * @param headers further fields of this status: Allow of a 405 (RFC 9110 §15.5.6), Retry-After of a 503
 * @param advice what to do next, instead of the default text of this status
 */
export function problemResponse(
  request: Request,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  advice?: string,
): Response {
  const { contentType, body } = renderProblem(
    status,
    acceptOf(request),
    depthOfRequest(request),
    advice,
  );
  const fields = { ...problemFields(contentType, body), ...headers };
  return new Response(body, { status, headers: fields });
}

/**
 * Makes a 404, the most frequent error, from a ready-made body; this saves a third of its cost.
 *
 * @param form chosen already, or by the Accept field
 */
export function notFoundResponse(
  request: Request,
  form: ProblemForm = chooseProblemForm(acceptOf(request)),
): Response {
  const made = form === "html" ? NOT_FOUND_PAGES[depthOfRequest(request)] : NOT_FOUND[form];
  if (made === undefined) return problemResponse(request, 404);
  return new Response(made.body, { status: 404, headers: made.headers });
}

/** A possible dot segment, or a backslash, which clients read as a slash. */
const UNSETTLED = /\/(?:\.|%2e)|\\/i;

/**
 * Returns the depth of the address from the client's view, without dot segments (RFC 3986 §5.2.4).
 * If the Host field is missing or malformed, Bun leaves them in (Bun: target-raw).
 */
function depthOfRequest({ url }: Request): number {
  const { path } = locationOf(url);
  return depthOf(UNSETTLED.test(path) ? new URL(`http://localhost${path}`).pathname : path);
}

function acceptOf({ headers }: Request): string | undefined {
  return headers.get("accept") ?? undefined;
}

function problemFields(contentType: string, body: string): Record<string, string> {
  return {
    "Content-Type": contentType,
    "Content-Length": String(Buffer.byteLength(body)),
    "Cache-Control": "no-store",
    "Content-Security-Policy": PROBLEM_POLICY,
    "X-Content-Type-Options": "nosniff",
    Vary: "Accept",
  };
}

const NOT_FOUND = {
  text: makeNotFound("text/plain", 0),
  json: makeNotFound("application/problem+json", 0),
} as const satisfies Record<Exclude<ProblemForm, "html">, unknown>;

/** The depths with a ready-made page; deeper addresses are rare, and their pages are made on request. */
const READY_MADE_DEPTHS = 16;

/** The pages by the depth of the address, which their relative references depend on. */
const NOT_FOUND_PAGES = Array.from({ length: READY_MADE_DEPTHS }, (_, depth) =>
  makeNotFound("text/html", depth),
);

function makeNotFound(
  accept: string,
  depth: number,
): { readonly body: Blob; readonly headers: Headers } {
  const { contentType, body } = renderProblem(404, accept, depth);
  return { body: new Blob([body]), headers: new Headers(problemFields(contentType, body)) };
}
