import { parseQualityList } from "./quality.ts";

/** The content codings that are made or served here: RFC 9110 §8.4.1, RFC 7932, RFC 8878. */
export type ContentCoding = "identity" | "zstd" | "br" | "gzip";

/** RFC 9110 §8.4.1.3: `x-gzip` is to be taken for `gzip`. */
const ALIASES: ReadonlyMap<string, string> = new Map([["x-gzip", "gzip"]]);

/**
 * Chooses a content coding by an Accept-Encoding field (RFC 9110 §12.5.3): the one of the highest
 * weight, among equals the first that is available.
 *
 * Identity is acceptable unless it is excluded, but it is chosen only over codings that are refused
 * or that weigh less than a weight it was given itself.
 *
 * @param available the server's favourite first; identity need not be among them
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
    // The first mention counts, as it does where one coding has two names.
    if (!weights.has(coding)) weights.set(coding, quality);
  }
  return weights;
}
