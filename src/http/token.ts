/** A character of a token, as a regular expression: RFC 9110 §5.6.2. */
export const TOKEN_CHARACTER = "[!#$%&'*+\\-.^_`|~\\dA-Za-z]";

/**
 * Whether a field that is a list of case-insensitive tokens has this one (RFC 9110 §5.6.1).
 *
 * @param field `null` where there is none
 * @param token in lower case
 * @example hasToken("Keep-Alive, Close", "close") // true
 */
export function hasToken(field: string | null, token: string): boolean {
  if (field === null) return false;
  return field.split(",").some((element) => element.trim().toLowerCase() === token);
}
