/** The characters that `encodeURIComponent` keeps and RFC 8187 §3.2.1 does not allow. */
const NOT_ATTRIBUTE = /['()*]/g;

/** The characters not allowed in a quoted string (RFC 9110 §5.6.4), and `%`, which old clients decode. */
const NOT_PLAIN = /[^\x20-\x7e]|["\\%]/gu;

/**
 * Formats a Content-Disposition that saves the answer under a name (RFC 6266 §4): once in ASCII, with
 * `_` for other characters, and once in full for clients that know RFC 8187.
 *
 * @param fileName without lone surrogates
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
