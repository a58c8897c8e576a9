import { refuseMethod } from "../http/methods.ts";

const BODY = new Blob(['{"result":123}\n']);

const HEADERS = new Headers({
  "Content-Type": "application/json",
  "Content-Length": String(BODY.size),
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
});

/** `GET /rest`: a fixed JSON answer, to test and to load a client with. */
export function rest(request: Request): Response {
  return refuseMethod(request) ?? new Response(BODY, { headers: HEADERS });
}
