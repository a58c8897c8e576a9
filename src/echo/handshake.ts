import { problemResponse } from "../http/problem-response.ts";
import { hasToken, TOKEN_CHARACTER } from "../http/token.ts";

/** A handshake that may go on, with the subprotocol to name in the 101, or the answer that ends it. */
export type Handshake =
  | { readonly kind: "accepted"; readonly subprotocol: string | undefined }
  | { readonly kind: "refused"; readonly response: Response };

/** RFC 9110 §5.6.2; a subprotocol is a token (RFC 6455 §4.1). */
const TOKEN = new RegExp(`^${TOKEN_CHARACTER}+$`);

/**
 * RFC 6455 §9.1: a list of names, each with parameters behind semicolons; what is in quotes is a
 * token as well. No two parts can take the same character, so that no input makes it slow.
 */
const EXTENSIONS = (() => {
  const token = `${TOKEN_CHARACTER}+`;
  const parameter = `[ \\t]*;[ \\t]*${token}(?:=(?:${token}|"(?:\\\\?${TOKEN_CHARACTER})+"))?`;
  const extension = `[ \\t]*${token}(?:${parameter})*`;
  return new RegExp(`^(?:[ \\t]*,)*${extension}(?:[ \\t]*,(?:${extension})?)*[ \\t]*$`);
})();

/** 16 bytes in base64 (RFC 6455 §4.2.1): the last digit before the padding has 4 bits to spare. */
const KEY = /^[A-Za-z\d+/]{21}[AQgw]==$/;

/** Which pages may connect. */
export interface OriginPolicy {
  /** Origins as browsers send them, in lower case; none is any, and so is `*`. */
  readonly allowOrigins: readonly string[];
}

/**
 * Checks an opening handshake (RFC 6455 §4.2.1) before `server.upgrade` sees it.
 *
 * Bun 1.4.5 answers a wrong version without Upgrade, lets a missing `Connection: upgrade` and a
 * body pass, echoes the first subprotocol whatever it is, and passes over extensions that cannot be
 * read, which RFC 6455 §9.1 has fail.
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
    return refuse(426, "Only version 13 of the WebSocket protocol is spoken here.", UPGRADE);
  }
  if (!KEY.test(headers.get("sec-websocket-key") ?? "")) {
    return refuse(400, "The field Sec-WebSocket-Key is to be 16 bytes in base64.");
  }
  if (!EXTENSIONS.test(headers.get("sec-websocket-extensions") ?? "none")) {
    return refuse(400, "The field Sec-WebSocket-Extensions is no list of extensions.");
  }
  if (hasBody(headers)) return refuse(400, "A WebSocket handshake has no body.");
  if (!isAllowedOrigin(headers.get("origin"), policy)) {
    return refuse(403, "Pages of this origin may not connect here.");
  }
  return { kind: "accepted", subprotocol: chooseSubprotocol(headers) };
}

/** RFC 9110 §15.5.22 and RFC 6455 §4.4. */
const UPGRADE = { Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Version": "13" };

function hasBody(headers: Headers): boolean {
  return headers.has("transfer-encoding") || (headers.get("content-length") ?? "0") !== "0";
}

/**
 * RFC 6455 §10.2: only browsers send an Origin, and no page can leave it out, so without one there
 * is nobody to protect.
 */
function isAllowedOrigin(origin: string | null, { allowOrigins }: OriginPolicy): boolean {
  if (origin === null || allowOrigins.length === 0 || allowOrigins.includes("*")) return true;
  return allowOrigins.includes(origin.toLowerCase());
}

/** The first that is a token, so the client's favourite; none that was not offered (RFC 6455 §4.2.2). */
function chooseSubprotocol(headers: Headers): string | undefined {
  return headers
    .get("sec-websocket-protocol")
    ?.split(",")
    .map((name) => name.trim())
    .find((name) => TOKEN.test(name));
}
