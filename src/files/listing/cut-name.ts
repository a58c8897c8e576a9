import { visibleText } from "../../http/html-escape.ts";
import type { DirectoryEntry } from "../root/directory-entry.ts";

/** A name as it is shown, in two parts: the end of the first may be cut where there is no room. */
export interface CutName {
  readonly head: string;
  readonly tail: string;
}

/** The extension of a name. */
const EXTENSION = /(?<=.)(?:\.tar)?\.[a-z0-9]{1,8}$/i;

/** Letters that are written from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** Characters that take the width of two, such as those of Chinese. Those beyond U+FFFF have two units. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/g;

const ASCII = /^[\x00-\x7f]*$/;

/** The width of names that are never cut, in characters: so many fit on a phone. */
const FITTING_WIDTH = 32;

/** The width of a stem's end that stays, in characters: names of a series differ there. */
const TAIL_WIDTH = 12;

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Returns the width of a name in characters of usual width, roughly. */
export function widthOf(name: string): number {
  return ASCII.test(name) ? name.length : name.length + (name.match(WIDE)?.length ?? 0);
}

/**
 * Parts a long name, so that its extension and the end of its stem stay when it is cut; names that
 * differ there are told apart. A name with letters from right to left is parted before its extension,
 * as the parts are set from left to right.
 *
 * @returns `undefined` for a name that is shown whole
 */
export function cutName({ name, kind }: DirectoryEntry): CutName | undefined {
  const isReversed = !ASCII.test(name) && RIGHT_TO_LEFT.test(name);
  if (!isReversed && widthOf(name) <= FITTING_WIDTH) return undefined;
  const shown = visibleText(name);
  const end = kind === "directory" ? "/" : (EXTENSION.exec(shown)?.[0] ?? "");
  const stem = kind === "directory" ? shown : shown.slice(0, shown.length - end.length);
  const cut = isReversed ? stem.length : cutOf(stem);
  return { head: stem.slice(0, cut), tail: stem.slice(cut) + end };
}

/** Returns the index before the end of a stem that stays, not within what looks like one character. */
function cutOf(stem: string): number {
  if (ASCII.test(stem)) return Math.max(stem.length - TAIL_WIDTH, 0);
  let width = 0;
  for (const { segment, index } of Array.from(GRAPHEMES.segment(stem)).toReversed()) {
    width += Math.min(widthOf(segment), 2);
    if (width >= TAIL_WIDTH) return index;
  }
  return 0;
}
