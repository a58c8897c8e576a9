import { visibleText } from "../../http/html-escape.ts";
import type { DirectoryEntry } from "../root/directory-entry.ts";
import { fold } from "./fold.ts";

/** Tells whether an entry is shown. */
export type EntryTest = (entry: DirectoryEntry) => boolean;

/** The longest filter, in UTF-16 code units: no name is longer, and every link of a page repeats it. */
export const MAX_FILTER_LENGTH = 255;

/**
 * Parses the value of `?filter=`; `undefined` for a filter that every name passes.
 *
 * @example parseFilter("") // undefined
 */
export function parseFilter(value: string | null): string | undefined {
  const filter = (value ?? "").slice(0, MAX_FILTER_LENGTH).toWellFormed();
  return fold(filter) === "" ? undefined : filter;
}

/**
 * Makes the test for a filter: the text is somewhere in the name as it is shown, with the slash of a
 * directory, whatever the case and the accents. No character means anything else than itself.
 */
export function matcherOf(filter: string): EntryTest {
  const wanted = fold(filter);
  return ({ name, kind }) => {
    const shown = kind === "directory" ? `${visibleText(name)}/` : visibleText(name);
    return fold(shown).includes(wanted);
  };
}
