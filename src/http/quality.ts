/** An element of a negotiation field, with its weight: RFC 9110 §12.4.2. */
export interface Weighted {
  /** In lower case, without parameters. */
  readonly value: string;
  /** 0 (not acceptable) to 1. */
  readonly quality: number;
}

/** No honest field is longer; the rest of a longer one is not read. */
const MAX_FIELD_LENGTH = 4096;

const QUALITY = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/**
 * Parses a list of weighted elements, as Accept and Accept-Encoding have them (RFC 9110 §12.4.2).
 * An element whose weight is malformed is left out.
 *
 * @example parseQualityList("br;q=0.5, gzip") // [{ value: "br", quality: 0.5 }, { value: "gzip", quality: 1 }]
 */
export function parseQualityList(field: string): Weighted[] {
  const elements: Weighted[] = [];
  for (const element of splitOutsideQuotes(field.slice(0, MAX_FIELD_LENGTH), ",")) {
    const [value = "", ...parameters] = splitOutsideQuotes(element, ";").map((part) => part.trim());
    const quality = qualityOf(parameters);
    if (value !== "" && quality !== undefined)
      elements.push({ value: value.toLowerCase(), quality });
  }
  return elements;
}

function qualityOf(parameters: readonly string[]): number | undefined {
  const weight = parameters.find((parameter) => /^q=/i.test(parameter))?.slice(2);
  if (weight === undefined) return 1;
  return QUALITY.test(weight) ? Number(weight) : undefined;
}

/** A quoted parameter may have any separator inside (RFC 9110 §5.6.4). */
function splitOutsideQuotes(text: string, separator: "," | ";"): string[] {
  if (!text.includes('"')) return text.split(separator);
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let position = 0; position < text.length; position++) {
    const character = text[position];
    if (isQuoted && character === "\\") position++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === separator && !isQuoted) {
      parts.push(text.slice(start, position));
      start = position + 1;
    }
  }
  return [...parts, text.slice(start)];
}
