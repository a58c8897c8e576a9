import { isUtf8 } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";

/** The header field of a 401 that asks for a user and a password (RFC 7617 §2 and §2.1). */
export const BASIC_CHALLENGE = {
  "WWW-Authenticate": 'Basic realm="meerkat", charset="UTF-8"',
} as const;

/** The scheme in any letter case, and a token68 (RFC 9110 §11.4). */
const CREDENTIALS = /^basic +([A-Za-z\d+/]+={0,2})$/i;

/**
 * Checks the credentials of requests against one user and password (RFC 7617). It compares digests,
 * which have one length, in a time that does not depend on their content.
 */
export class BasicAuth {
  readonly #digest: Buffer;

  /** @param userPass as `user:password`; only the password may have colons */
  constructor(userPass: string) {
    this.#digest = digest(userPass);
  }

  /**
   * Tells whether an Authorization field has this user and password.
   *
   * @param field `null` if there is none; two fields are refused (Bun: fields-joined)
   */
  accepts(field: string | null): boolean {
    const userPass = parseBasicCredentials(field ?? "");
    return userPass !== undefined && timingSafeEqual(digest(userPass), this.#digest);
  }
}

/**
 * Parses an Authorization field: RFC 7617 §2, with the charset that the challenge names.
 *
 * @returns `user:password`; `undefined` for another scheme, bad base64 or bad UTF-8
 * @example parseBasicCredentials("Basic dXNlcjpwYXNz") // "user:pass"
 */
export function parseBasicCredentials(field: string): string | undefined {
  const [, token = ""] = CREDENTIALS.exec(field.trim()) ?? [];
  const bytes = Buffer.from(token, "base64");
  // Buffer.from skips characters that are not base64 and makes up missing bits, so compare.
  const isBase64 = token !== "" && bytes.toString("base64") === token;
  return isBase64 && isUtf8(bytes) ? bytes.toString() : undefined;
}

/** Digests in NFC (RFC 7617 §2.1), as some keyboards type an é as one code point and some as two. */
function digest(userPass: string): Buffer {
  return createHash("sha256").update(userPass.normalize("NFC")).digest();
}
