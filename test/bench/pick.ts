/** Picks the items with the keys of a list such as `1k,15m`, or all without a list; throws for an unknown key. */
export function pick<T extends { readonly key: string }>(
  all: readonly T[],
  list: string | undefined,
): readonly T[] {
  if (list === undefined) return all;
  return list.split(",").map((wanted) => {
    const found = all.find(({ key }) => key === wanted);
    if (found !== undefined) return found;
    throw new Error(`${wanted} is none of ${all.map(({ key }) => key).join(", ")}`);
  });
}
