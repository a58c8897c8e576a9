/** A header field. */
export type Field = readonly [name: string, value: string];

/**
 * Makes what adds fields to an answer: each in place of one of that name, but several of one name
 * beside each other (RFC 9110 §5.3, RFC 6265 §3).
 *
 * What Vary lists only grows: a cache that is not told that we choose by Accept-Encoding gives one
 * client what was encoded for another (RFC 9110 §12.5.5).
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
