/** An element of a negotiation field with its weight: RFC 9110 §12.4.2. */
export interface Weighted {
  /** In lower case, without parameters. */
  readonly value: string;
  /** 0 (not acceptable) to 1. */
  readonly quality: number;
  /** The element has parameters besides its weight, so it applies only to values that have them too. */
  readonly hasParameters: boolean;
}

/** The longest field, in characters; the rest of a longer one, which no honest client sends, is ignored. */
const MAX_FIELD_LENGTH = 4096;

/** A weight, valid or not. */
const WEIGHT_NAME = /^q[ \t]*(?:=|$)/i;

const WEIGHT = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i;

/**
 * Parses a list of weighted elements, such as Accept or Accept-Encoding (RFC 9110 §12.4.2). Elements
 * with a malformed weight are left out.
 *
 * @example parseQualityList("br;q=0.5")
 * // [{ value: "br", quality: 0.5, hasParameters: false }]
 */
export function parseQualityList(field: string): Weighted[] {
  const elements = splitOutsideQuotes(field.slice(0, MAX_FIELD_LENGTH), ",");
  // The last element of a field that we cut may have lost a weight of 0.
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

/** Splits a text at separators that are not in quotes (RFC 9110 §5.6.4). */
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
