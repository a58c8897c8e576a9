const ASCII = /^[\x00-\x7f]*$/;
/** Accents of Latin, Greek and Cyrillic. Vowel signs of Indic scripts are letters to a reader. */
const ACCENTS = /[\u0300-\u036f]/g;

/**
 * Returns a text without its accents and its compatibility forms: full-width digits are digits.
 *
 * @example plainLetters("Résumé.pdf") // "Resume.pdf"
 */
export function plainLetters(text: string): string {
  return ASCII.test(text) ? text : text.normalize("NFKD").replace(ACCENTS, "");
}

/**
 * Returns a text without its case, its accents and its compatibility forms, as filters compare it. The
 * page filters by the same rule (`public/index/fold.js`); one table tests both.
 *
 * Both cases are needed: only small letters make one of `ẞ` and `ß`, only capitals of `ß` and `ss`, or of
 * the two small sigmas.
 *
 * @example fold("Résumé.PDF") // "RESUME.PDF"
 */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toUpperCase();
  return plainLetters(text).toLowerCase().toUpperCase();
}
