import { parseQualityList, type Weighted } from "./quality.ts";

/**
 * Chooses a media type by an Accept field (RFC 9110 §12.5.1): the one of the highest weight and, among
 * equals, the first in `offered`.
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

/** Returns the weight that the most specific range gives to the type, 0 if none covers it. */
function qualityFor(type: string, ranges: readonly Weighted[]): number {
  const family = `${type.slice(0, type.indexOf("/"))}/*`;
  const range =
    findBare(type, ranges) ??
    // A client that asks for parameters (`charset=utf-8`) prefers the type without them to nothing;
    // but a client that refuses `text/html;level=1` does not refuse `text/html`.
    ranges.find(({ value, quality }) => value === type && quality > 0) ??
    findBare(family, ranges) ??
    findBare("*/*", ranges);
  return range?.quality ?? 0;
}

function findBare(value: string, ranges: readonly Weighted[]): Weighted | undefined {
  return ranges.find((range) => range.value === value && !range.hasParameters);
}
