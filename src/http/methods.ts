import { problemResponse } from "./problem-response.ts";

const READ_METHODS = "GET, HEAD, OPTIONS";

/**
 * Answers whatever is not a GET or HEAD of a resource that can only be read: OPTIONS with what is
 * allowed (RFC 9110 §9.3.7), the rest with 405 (§15.5.6). `undefined` for GET and HEAD.
 */
export function refuseMethod(request: Request): Response | undefined {
  if (request.method === "GET" || request.method === "HEAD") return undefined;
  if (request.method === "OPTIONS") {
    return new Response(null, { status: 204, headers: { Allow: READ_METHODS } });
  }
  // After CONNECT, Bun 1.4.5 takes whatever follows for the bytes of a tunnel and answers no more.
  const fields = request.method === "CONNECT" ? { Connection: "close" } : {};
  return problemResponse(request, 405, { Allow: READ_METHODS, ...fields });
}

/**
 * Whether a browser asks if a script of another site may send a request: such a question has
 * neither a password nor a cookie (Fetch §4.8).
 */
export function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("access-control-request-method");
}
