import { problemResponse } from "./problem-response.ts";

const READ_METHODS = "GET, HEAD, OPTIONS";

/**
 * Answers all methods but GET and HEAD for a resource that can only be read: OPTIONS with the allowed
 * methods (RFC 9110 §9.3.7), the others with 405 (§15.5.6). `undefined` for GET and HEAD.
 */
export function refuseMethod(request: Request): Response | undefined {
  if (request.method === "GET" || request.method === "HEAD") return undefined;
  if (request.method === "OPTIONS") {
    return new Response(null, { status: 204, headers: { Allow: READ_METHODS } });
  }
  // After CONNECT, Bun takes all further bytes for those of a tunnel and answers no more (Bun:
  // connect-tunnel); so close (Bun: close-heeded).
  const fields = request.method === "CONNECT" ? { Connection: "close" } : {};
  return problemResponse(request, 405, { Allow: READ_METHODS, ...fields });
}

/**
 * Tells whether a request is a preflight: a browser asks if a script of another site may send a
 * request. It has neither a password nor a cookie (Fetch §4.8).
 */
export function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("access-control-request-method");
}
