import { isUtf8 } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";

/** The field of a 401 that asks for a user and a password (RFC 7617 §2 and §2.1). */
export const BASIC_CHALLENGE = {
  "WWW-Authenticate": 'Basic realm="meerkat", charset="UTF-8"',
} as const;

/** The scheme in any case, and a token68 (RFC 9110 §11.4). */
const CREDENTIALS = /^basic +([A-Za-z\d+/]+={0,2})$/i;

/**
 * Knows one user and password (RFC 7617), and compares in a time that tells nothing of them: by
 * digests, which are of one length.
 */
export class BasicAuth {
  readonly #digest: Buffer;

  /** @param userPass as `user:password`; a password may have colons, a user none */
  constructor(userPass: string) {
    this.#digest = digest(userPass);
  }

  /**
   * Whether an Authorization field has them.
   *
   * @param field `null` where there is none; two of them, which Bun joins with a comma, are none
   */
  accepts(field: string | null): boolean {
    const userPass = parseBasicCredentials(field ?? "");
    return userPass !== undefined && timingSafeEqual(digest(userPass), this.#digest);
  }
}

/**
 * Parses an Authorization field: RFC 7617 §2, with the charset that the challenge names.
 *
 * @returns `user:password`, or `undefined` for another scheme, no base64 or no UTF-8
 * @example parseBasicCredentials("Basic dXNlcjpwYXNz") // "user:pass"
 */
export function parseBasicCredentials(field: string): string | undefined {
  const [, token = ""] = CREDENTIALS.exec(field.trim()) ?? [];
  const bytes = Buffer.from(token, "base64");
  // What is no base64 is skipped, and missing bits are made up: so compare.
  const isBase64 = token !== "" && bytes.toString("base64") === token;
  return isBase64 && isUtf8(bytes) ? bytes.toString() : undefined;
}

/** An é is one or two code points, whichever the keyboard makes: RFC 7617 §2.1 asks for the one. */
function digest(userPass: string): Buffer {
  return createHash("sha256").update(userPass.normalize("NFC")).digest();
}
