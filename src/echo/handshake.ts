import { problemResponse } from "../http/problem-response.ts";
import { hasToken, TOKEN_CHARACTER } from "../http/token.ts";

/** The outcome of a handshake: accepted, with the subprotocol of the 101, or refused. */
export type Handshake =
  | { readonly kind: "accepted"; readonly subprotocol: string | undefined }
  | { readonly kind: "refused"; readonly response: Response };

/** A token by RFC 9110 §5.6.2; a subprotocol has to be one (RFC 6455 §4.1). */
const TOKEN = new RegExp(`^${TOKEN_CHARACTER}+$`);

/**
 * The list of extensions by RFC 6455 §9.1: names with parameters after semicolons; a quoted value is a
 * token as well. No two parts match the same character, so no input makes the match slow.
 */
const EXTENSIONS = (() => {
  const token = `${TOKEN_CHARACTER}+`;
  const parameter = `[ \\t]*;[ \\t]*${token}(?:=(?:${token}|"(?:\\\\?${TOKEN_CHARACTER})+"))?`;
  const extension = `[ \\t]*${token}(?:${parameter})*`;
  return new RegExp(`^(?:[ \\t]*,)*${extension}(?:[ \\t]*,(?:${extension})?)*[ \\t]*$`);
})();

/** A key of 16 bytes in base64 (RFC 6455 §4.2.1), with 4 spare bits of zero (Bun: upgrade-key). */
const KEY = /^[A-Za-z\d+/]{21}[AQgw]==$/;

/** The pages that may connect. */
export interface OriginPolicy {
  /** Origins as browsers send them, in lower case; an empty list or `*` allows all. */
  readonly allowOrigins: readonly string[];
}

/**
 * Checks an opening handshake (RFC 6455 §4.2.1) before `server.upgrade` sees it.
 *
 * Bun answers a wrong version without Upgrade (Bun: upgrade-version), accepts a missing
 * `Connection: upgrade` and a body (Bun: upgrade-connection, upgrade-body), sends back the first
 * subprotocol whatever it is (Bun: upgrade-subprotocol), and ignores malformed extensions (Bun:
 * upgrade-extensions), which have to fail the handshake (RFC 6455 §9.1).
 */
export function checkHandshake(request: Request, policy: OriginPolicy): Handshake {
  const { method, headers } = request;
  const refuse = (status: number, advice: string, fields?: Record<string, string>): Handshake => ({
    kind: "refused",
    response: problemResponse(request, status, fields, advice),
  });
  if (method !== "GET") {
    return refuse(405, "A WebSocket handshake is a GET request.", { Allow: "GET" });
  }
  if (!hasToken(headers.get("upgrade"), "websocket")) {
    return refuse(426, "This is a WebSocket endpoint: connect with a WebSocket client.", UPGRADE);
  }
  if (!hasToken(headers.get("connection"), "upgrade")) {
    return refuse(400, "The handshake lacks the field Connection: Upgrade.");
  }
  if (headers.get("sec-websocket-version") !== "13") {
    return refuse(426, "This server speaks only version 13 of the WebSocket protocol.", UPGRADE);
  }
  if (!KEY.test(headers.get("sec-websocket-key") ?? "")) {
    return refuse(400, "The field Sec-WebSocket-Key has to be 16 bytes in base64.");
  }
  if (!EXTENSIONS.test(headers.get("sec-websocket-extensions") ?? "none")) {
    return refuse(400, "The field Sec-WebSocket-Extensions is not a list of extensions.");
  }
  if (hasBody(headers)) return refuse(400, "A WebSocket handshake has no body.");
  if (!isAllowedOrigin(headers.get("origin"), policy)) {
    return refuse(403, "Pages of this origin may not connect here.");
  }
  return { kind: "accepted", subprotocol: chooseSubprotocol(headers) };
}

/** The fields of a 426 by RFC 9110 §15.5.22 and RFC 6455 §4.4. */
const UPGRADE = { Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Version": "13" };

function hasBody(headers: Headers): boolean {
  return headers.has("transfer-encoding") || (headers.get("content-length") ?? "0") !== "0";
}

/**
 * A request without an Origin is allowed: only browsers send one, and no page can leave it out, so
 * there is no browser to protect (RFC 6455 §10.2).
 */
function isAllowedOrigin(origin: string | null, { allowOrigins }: OriginPolicy): boolean {
  if (origin === null || allowOrigins.length === 0 || allowOrigins.includes("*")) return true;
  return allowOrigins.includes(origin.toLowerCase());
}

/** Chooses the first offered token, as clients list their favourite first (RFC 6455 §4.2.2). */
function chooseSubprotocol(headers: Headers): string | undefined {
  return headers
    .get("sec-websocket-protocol")
    ?.split(",")
    .map((name) => name.trim())
    .find((name) => TOKEN.test(name));
}
