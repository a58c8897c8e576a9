import { parseQualityList } from "./quality.ts";

/** The content codings that we make or serve: RFC 9110 §8.4.1, RFC 7932, RFC 8878. */
export type ContentCoding = "identity" | CompressedCoding;

/** A content coding that makes content smaller. */
export type CompressedCoding = "zstd" | "br" | "gzip";

/** RFC 9110 §8.4.1.3: `x-gzip` means `gzip`. */
const ALIASES: ReadonlyMap<string, string> = new Map([["x-gzip", "gzip"]]);

/**
 * Chooses a content coding by an Accept-Encoding field (RFC 9110 §12.5.3): the one of the highest
 * weight and, among equals, the first in `available`.
 *
 * Identity is acceptable unless it is excluded. It is chosen only if all available codings are refused
 * or weigh less than the weight that the field gives to identity.
 *
 * @param available the server's favourite first; identity may be missing
 * @returns `undefined` if nothing is acceptable, not even identity
 * @example chooseCoding("gzip, br;q=0.5", ["br", "gzip"]) // "gzip"
 */
export function chooseCoding(
  field: string | undefined,
  available: readonly ContentCoding[],
): ContentCoding | undefined {
  if (field === undefined) return "identity";
  const weights = parseWeights(field);
  const identity = weights.get("identity") ?? 0;
  let chosen: ContentCoding | undefined;
  let highest = 0;
  for (const coding of available) {
    const weight = coding === "identity" ? 0 : (weights.get(coding) ?? weights.get("*") ?? 0);
    if (weight <= highest || weight < identity) continue;
    chosen = coding;
    highest = weight;
  }
  if (chosen !== undefined) return chosen;
  return (weights.get("identity") ?? weights.get("*") ?? 1) > 0 ? "identity" : undefined;
}

function parseWeights(field: string): Map<string, number> {
  const weights = new Map<string, number>();
  for (const { value, quality } of parseQualityList(field)) {
    const coding = ALIASES.get(value) ?? value;
    // The first mention counts, also if a coding is listed by two names.
    if (!weights.has(coding)) weights.set(coding, quality);
  }
  return weights;
}
