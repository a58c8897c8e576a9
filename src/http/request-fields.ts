/** The header fields of a request by lower-case name; fields of one name are joined by a comma. */
export type RequestFields = Readonly<Record<string, string | undefined>>;

/**
 * Reads all header fields at once; seven single look-ups, mostly of absent fields, cost 0.3 µs more per
 * request.
 */
export function readFields(headers: Headers): RequestFields {
  return headers.toJSON();
}
