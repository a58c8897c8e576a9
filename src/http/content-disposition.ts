/** RFC 8187 §3.2.1: what `encodeURIComponent` leaves as it is, and may not stay so. */
const NOT_ATTRIBUTE = /['()*]/g;

/** What a quoted string of RFC 9110 §5.6.4 cannot hold, or old clients misread: percent signs are decoded by some. */
const NOT_PLAIN = /[^\x20-\x7e]|["\\%]/gu;

/**
 * The value of a Content-Disposition that saves the answer under a name (RFC 6266 §4): the name in
 * ASCII, with `_` for what it cannot say, and, if that is not the name, the whole one for clients
 * that know RFC 8187.
 *
 * @param fileName well-formed
 * @example formatAttachment("été.tar") // `attachment; filename="_t_.tar"; filename*=UTF-8''%C3%A9t%C3%A9.tar`
 */
export function formatAttachment(fileName: string): string {
  const plain = fileName.replace(NOT_PLAIN, "_");
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeAttribute(fileName)}`;
}

function encodeAttribute(text: string): string {
  return encodeURIComponent(text).replace(
    NOT_ATTRIBUTE,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
