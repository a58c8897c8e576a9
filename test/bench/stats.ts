/** Returns the median: the middle value, or the mean of the two in the middle; throws for no values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new Error("no values, no median");
  return (lower + upper) / 2;
}

/**
 * Returns the smallest value that this share of the values does not exceed (nearest rank); throws for
 * no values.
 *
 * @example
 * percentile([1, 2, 3, 4], 0.5) // 2
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(Math.ceil(sorted.length * share), 1) - 1];
  if (value === undefined) throw new Error("no values, no percentile");
  return value;
}
