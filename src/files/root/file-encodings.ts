import { isText } from "../../http/media-type.ts";
import { textEncodingOf, type TextEncoding } from "../../http/text-encoding.ts";
import { readHead } from "./file-content.ts";
import { Recent } from "../slices/recent.ts";
import type { Fingerprint } from "./watched.ts";

/** An open file whose encoding is to be found. */
export interface OpenFile {
  readonly descriptor: number;
  readonly fingerprint: Fingerprint;
  /** The whole content, if it is in memory. */
  readonly content: Uint8Array | undefined;
  /** Every change would show in the fingerprint. */
  readonly isSettled: boolean;
}

/** The bytes of a large file that are looked at: enough for any text to show its letters. */
const HEAD_BYTES = 64 * 1024;

/** The most large files that are remembered, at a few bytes each. */
const KEPT_FILES = 1000;

/** Finds the encodings of text files. A large file is read for that once in each of its states. */
export class FileEncodings {
  /** The encodings of large files by state. */
  readonly #known = new Recent<{ readonly encoding: TextEncoding }>({ most: KEPT_FILES });

  /**
   * Finds the encoding of a text file, by its first bytes if its content is not in memory.
   *
   * @param name decides whether the file is text; otherwise the result means nothing
   */
  find(name: string, { descriptor, fingerprint, content, isSettled }: OpenFile): TextEncoding {
    if (!isText(name)) return "unknown";
    if (content !== undefined) return textEncodingOf(content);
    const look = () => ({ encoding: textEncodingOf(readHead(descriptor, HEAD_BYTES), false) });
    if (!isSettled) return look().encoding;
    const state = Object.values(fingerprint).join();
    return this.#known.use(state, this.#known.peek(state) ?? look()).encoding;
  }
}
