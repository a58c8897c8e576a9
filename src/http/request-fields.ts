/** A request's header fields by their names in lower case; those of one name are joined by a comma. */
export type RequestFields = Readonly<Record<string, string | undefined>>;

/**
 * Reads all fields at once: seven questions, to which the answer is mostly that there is no such
 * field, cost 0.3 µs more a request.
 */
export function readFields(headers: Headers): RequestFields {
  return headers.toJSON();
}
