/** Makes text safe in HTML, as content and in a quoted attribute: `&`, `<`, `>`, `"` and `'`. */
export function escapeHtml(text: string): string {
  return Bun.escapeHTML(text);
}

/**
 * What is there and not seen, or reverses what is seen: control characters, line and paragraph
 * separators, and the marks, embeddings and isolates of bidirectional text. The zero-width joiners
 * stay: emoji and Persian are written with them.
 */
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * Shows a file name for what it is. With these characters `photo\u202egpj.exe` would read as
 * `photoexe.jpg` (Trojan Source, CVE-2021-42574), and a newline would make two names of one. A lone
 * surrogate, which UTF-8 has no bytes for, becomes U+FFFD here instead of wherever it is written.
 *
 * @example visibleText("a\nb") // "a␊b"
 */
export function visibleText(name: string): string {
  return name.toWellFormed().replace(UNSEEN, standIn);
}

function standIn(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code); // Unicode's pictures of controls
  return code === 0x7f ? "\u2421" : "\ufffd";
}
