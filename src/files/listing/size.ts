const UNITS = ["KB", "MB", "GB", "TB", "PB", "EB"] as const;
const GROUPED = new Intl.NumberFormat("en-US");

/** Writes a count with separators: `1,843,201`. */
export function formatCount(count: number): string {
  return GROUPED.format(count);
}

/**
 * Writes a size in bytes for people, in units of 1024 like `ls -h` and most file managers. The
 * workbench writes the same (`public/workbench/size.js`); one table tests both.
 *
 * @example formatSize(1843201) // "1.8 MB"
 */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes;
  let unit = "B";
  for (const next of UNITS) {
    // Not 1024: a value that rounds up to 1024 KB is written as 1.0 MB.
    if (value < 1023.5) break;
    value /= 1024;
    unit = next;
  }
  // A value that rounds up to 10.0 needs no decimal either.
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
