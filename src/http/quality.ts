/** An element of a negotiation field, with its weight: RFC 9110 §12.4.2. */
export interface Weighted {
  /** In lower case, without parameters. */
  readonly value: string;
  /** 0 (not acceptable) to 1. */
  readonly quality: number;
  /** It has parameters besides its weight, and so speaks only for values that have them too. */
  readonly hasParameters: boolean;
}

/** No honest field is longer; the rest of a longer one is not read. */
const MAX_FIELD_LENGTH = 4096;

/** A parameter that is the weight, or is meant to be. */
const WEIGHT_NAME = /^q[ \t]*(?:=|$)/i;

const WEIGHT = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i;

/**
 * Parses a list of weighted elements, as Accept and Accept-Encoding have them (RFC 9110 §12.4.2).
 * An element whose weight is malformed is left out.
 *
 * @example parseQualityList("br;q=0.5")
 * // [{ value: "br", quality: 0.5, hasParameters: false }]
 */
export function parseQualityList(field: string): Weighted[] {
  const elements = splitOutsideQuotes(field.slice(0, MAX_FIELD_LENGTH), ",");
  // The last of a field that was cut may have lost a weight of 0.
  if (field.length > MAX_FIELD_LENGTH) elements.pop();
  return elements.map(parseElement).filter((element) => element !== undefined);
}

function parseElement(element: string): Weighted | undefined {
  const [value = "", ...parameters] = splitOutsideQuotes(element, ";").map((part) => part.trim());
  const weight = parameters.find((parameter) => WEIGHT_NAME.test(parameter));
  const quality = weight === undefined ? 1 : parseWeight(weight);
  if (value === "" || quality === undefined) return undefined;
  const hasParameters = parameters.some((parameter) => parameter !== "" && parameter !== weight);
  return { value: value.toLowerCase(), quality, hasParameters };
}

function parseWeight(parameter: string): number | undefined {
  const [, digits] = WEIGHT.exec(parameter) ?? [];
  return digits === undefined ? undefined : Number(digits);
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
