import { JSON_PARTS } from "./json.ts";
import { PLAIN_PARTS } from "./plain.ts";
import { TEXT_PARTS } from "./text.ts";
import type { WholeParts } from "./whole-parts.ts";

/** The writers of whole listings, by form. */
export const WHOLE_PARTS = {
  plain: PLAIN_PARTS,
  json: JSON_PARTS,
  text: TEXT_PARTS,
} as const satisfies Record<string, WholeParts>;
