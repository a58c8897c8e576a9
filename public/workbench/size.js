const units = ["KB", "MB", "GB", "TB", "PB", "EB"];

/**
 * Writes a size in bytes for people, in units of 1024: `1.8 MB`. The index of a directory writes
 * the same (`src/files/listing/size.ts`). The rule stands twice because Bun's bundler gives a file
 * one loader: a module that is embedded as text cannot be called in the same program. One table
 * tests both.
 * @param {number} bytes
 */
export function formatSize(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes;
  let unit = "B";
  for (const next of units) {
    // Not 1024: a value that rounds up to 1024 KB is written as 1.0 MB.
    if (value < 1023.5) break;
    value /= 1024;
    unit = next;
  }
  // A value that rounds up to 10.0 needs no decimal either.
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
