/** The name and the value of a header field. */
export type Field = readonly [name: string, value: string];

/**
 * Makes a function that adds fields to an answer. An added field replaces ours of the same name, but
 * several added fields of one name are all sent (RFC 9110 §5.3, RFC 6265 §3).
 *
 * Vary is only extended: a cache has to know that we choose by Accept-Encoding, or it gives one client
 * the coding of another (RFC 9110 §12.5.5).
 */
export function fieldAdder(fields: readonly Field[]): (headers: Headers) => void {
  const names = new Set(["vary"]);
  const additions = fields.map(([name, value]) => {
    const isFurther = names.has(name.toLowerCase());
    names.add(name.toLowerCase());
    return { name, value, isFurther };
  });
  return (headers) => {
    for (const { name, value, isFurther } of additions) {
      if (isFurther) headers.append(name, value);
      else headers.set(name, value);
    }
  };
}
