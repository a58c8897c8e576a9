import { parseQualityList, type Weighted } from "./quality.ts";

/**
 * Chooses among media types by an Accept field (RFC 9110 §12.5.1): the one of the highest weight,
 * among equals the first that is offered.
 *
 * @param offered types without parameters, in lower case, the server's favourite first
 * @returns `undefined` if none is acceptable; without a field, the first
 */
export function chooseMediaType(
  field: string | undefined,
  offered: readonly string[],
): string | undefined {
  if (field === undefined) return offered[0];
  const ranges = parseQualityList(field);
  let chosen: string | undefined;
  let highest = 0;
  for (const type of offered) {
    const quality = qualityFor(type, ranges);
    if (quality <= highest) continue;
    highest = quality;
    chosen = type;
  }
  return chosen;
}

/** The weight that the most specific range gives the type, 0 if none covers it. */
function qualityFor(type: string, ranges: readonly Weighted[]): number {
  const family = `${type.slice(0, type.indexOf("/"))}/*`;
  for (const pattern of [type, family, "*/*"]) {
    const range = ranges.find(({ value }) => value === pattern);
    if (range !== undefined) return range.quality;
  }
  return 0;
}
