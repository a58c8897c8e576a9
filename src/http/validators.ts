/** The ETag and the time that distinguish one state of a representation from another: RFC 9110 §8.8. */
export interface Validators {
  /** The whole field value, including quotes and a weakness mark. */
  readonly etag: string;
  /** Whole seconds, in milliseconds since 1970; absent if the time of the last change is unknown. */
  readonly lastModifiedMs: number | undefined;
}

/** An ETag by RFC 9110 §8.8.3. It may have a comma inside, so a list cannot be split at commas. */
const ENTITY_TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/y;

/** `*` between spaces and tabs (RFC 9110 §5.6.3); trim() would remove U+00A0 too. */
const ANY = /^[ \t]*\*[ \t]*$/;

/** The commas between elements; empty elements are ignored (RFC 9110 §5.6.1). */
const SEPARATOR = /[ \t]*(?:,[ \t]*)*/y;

/**
 * Parses the value of If-Match or If-None-Match (RFC 9110 §13.1.1, §13.1.2).
 *
 * @returns the tags, `"*"`, or `undefined` for a malformed field
 * @example parseEntityTags('"a", W/"b"') // ['"a"', 'W/"b"']
 */
export function parseEntityTags(field: string): readonly string[] | "*" | undefined {
  if (ANY.test(field)) return "*";
  const tags: string[] = [];
  let position = skip(SEPARATOR, field, 0);
  while (position < field.length) {
    const end = skip(ENTITY_TAG, field, position);
    if (end === position) return undefined;
    tags.push(field.slice(position, end));
    position = skip(SEPARATOR, field, end);
    const isSeparated = position === field.length || field.slice(end, position).includes(",");
    if (!isSeparated) return undefined;
  }
  return tags.length === 0 ? undefined : tags;
}

/** Returns the end of the pattern at the position; the position itself if it does not match. */
function skip(pattern: RegExp, text: string, position: number): number {
  pattern.lastIndex = position;
  return pattern.test(text) ? pattern.lastIndex : position;
}

/** Compares two tags strongly (RFC 9110 §8.8.3.2): they have to be equal, and not weak. */
export function matchesStrongly(one: string, other: string): boolean {
  return one === other && !isWeak(one);
}

/** Compares two tags weakly (RFC 9110 §8.8.3.2): they have to be equal apart from their weakness. */
export function matchesWeakly(one: string, other: string): boolean {
  return opaque(one) === opaque(other);
}

function isWeak(tag: string): boolean {
  return tag.startsWith("W/");
}

function opaque(tag: string): string {
  return isWeak(tag) ? tag.slice(2) : tag;
}
