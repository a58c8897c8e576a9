/**
 * Returns a text without its case, its accents and its compatibility forms, as filters compare it. The
 * server filters by the same rule (`src/files/listing/fold.ts`, which says why); one table tests both.
 * @param {string} text
 */
export function fold(text) {
  const plain = text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "");
  return plain.toLowerCase().toUpperCase();
}
