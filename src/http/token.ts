/** The regular expression of a character in a token: RFC 9110 §5.6.2. */
export const TOKEN_CHARACTER = "[!#$%&'*+\\-.^_`|~\\dA-Za-z]";

/**
 * Tells whether a list of case-insensitive tokens has this one (RFC 9110 §5.6.1).
 *
 * @param field `null` if there is none
 * @param token in lower case
 * @example hasToken("Keep-Alive, Close", "close") // true
 */
export function hasToken(field: string | null, token: string): boolean {
  if (field === null) return false;
  return field.split(",").some((element) => element.trim().toLowerCase() === token);
}
