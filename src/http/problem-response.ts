import { renderProblem } from "./problem.ts";

/** No page of an error runs a script or loads anything but our style sheet and icon. */
const PROBLEM_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * The answer to a request that cannot be met, in the form that the client accepts best.
 *
 * @param headers what the status asks for besides: Allow of a 405 (RFC 9110 §15.5.6), Retry-After of a 503
 * @param advice what to do next, instead of the usual words for this status
 */
export function problemResponse(
  request: Request,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  advice?: string,
): Response {
  const { contentType, body } = renderProblem(
    status,
    request.headers.get("accept") ?? undefined,
    advice,
  );
  return new Response(body, {
    status,
    headers: {
      "Content-Type": contentType,
      "Content-Length": String(Buffer.byteLength(body)),
      "Cache-Control": "no-store",
      "Content-Security-Policy": PROBLEM_POLICY,
      "X-Content-Type-Options": "nosniff",
      Vary: "Accept",
      ...headers,
    },
  });
}
