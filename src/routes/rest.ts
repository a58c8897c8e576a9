import { refuseMethod } from "../http/methods.ts";

const BODY = new Blob(['{"result":123}\n']);

const HEADERS = new Headers({
  "Content-Type": "application/json",
  "Content-Length": String(BODY.size),
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
});

/** Answers `GET /rest` with a fixed JSON document, for tests and load tests of clients. */
export function rest(request: Request): Response {
  return refuseMethod(request) ?? new Response(BODY, { headers: HEADERS });
}
