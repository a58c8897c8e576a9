/** What tells one state of a representation from another: RFC 9110 §8.8. */
export interface Validators {
  /** The whole field value, quotes and a weakness mark included. */
  readonly etag: string;
  /** Whole seconds, in milliseconds; absent where the time of the last change is not known. */
  readonly lastModifiedMs: number | undefined;
}

/** RFC 9110 §8.8.3. A comma is allowed inside, so a list cannot be split at commas. */
const ENTITY_TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/y;

/** Not trim(), which takes U+00A0 for white space, where RFC 9110 §5.6.3 has only these two. */
const ANY = /^[ \t]*\*[ \t]*$/;

/** RFC 9110 §5.6.1: empty elements are to be ignored. */
const SEPARATOR = /[ \t]*(?:,[ \t]*)*/y;

/**
 * Parses the value of If-Match or If-None-Match (RFC 9110 §13.1.1, §13.1.2).
 *
 * @returns the tags, `"*"`, or `undefined` for what is neither
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

/** Where the pattern, tried at the position, ends; the position itself if it does not match. */
function skip(pattern: RegExp, text: string, position: number): number {
  pattern.lastIndex = position;
  return pattern.test(text) ? pattern.lastIndex : position;
}

/** RFC 9110 §8.8.3.2: the same, and neither is weak. */
export function matchesStrongly(one: string, other: string): boolean {
  return one === other && !isWeak(one);
}

/** RFC 9110 §8.8.3.2: the same but for weakness. */
export function matchesWeakly(one: string, other: string): boolean {
  return opaque(one) === opaque(other);
}

function isWeak(tag: string): boolean {
  return tag.startsWith("W/");
}

function opaque(tag: string): string {
  return isWeak(tag) ? tag.slice(2) : tag;
}
