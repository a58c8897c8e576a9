/** Escapes `&`, `<`, `>`, `"` and `'`, which makes a text safe in HTML and in quoted attributes. */
export function escapeHtml(text: string): string {
  return Bun.escapeHTML(text);
}

/**
 * The characters that are invisible or reverse the visible text: control characters, line and
 * paragraph separators, and the marks, embeddings and isolates of bidirectional text. The zero-width
 * joiners are kept, as emoji and Persian need them.
 */
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * Makes the invisible characters of a file name visible. With them `photo\u202egpj.exe` would read as
 * `photoexe.jpg` (Trojan Source, CVE-2021-42574), and a newline would make two names of one. A lone
 * surrogate becomes U+FFFD, as UTF-8 has no bytes for it.
 *
 * @example visibleText("a\nb") // "a␊b"
 */
export function visibleText(name: string): string {
  return name.toWellFormed().replace(UNSEEN, standIn);
}

/** Returns a visible character for an invisible one. */
function standIn(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code); // Unicode's pictures of controls
  return code === 0x7f ? "\u2421" : "\ufffd";
}
