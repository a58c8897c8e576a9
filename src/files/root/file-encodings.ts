import { isText } from "../../http/media-type.ts";
import { textEncodingOf, type TextEncoding } from "../../http/text-encoding.ts";
import { readHead } from "./file-content.ts";
import { Recent } from "../slices/recent.ts";
import type { Fingerprint } from "./watched.ts";

/** An open file. */
export interface OpenFile {
  readonly descriptor: number;
  readonly fingerprint: Fingerprint;
  /** All of it, if it is in memory. */
  readonly content: Uint8Array | undefined;
  /** No change could leave the fingerprint as it is. */
  readonly isSettled: boolean;
}

/** How many bytes of a large file are looked at: enough for any text to show its letters. */
const HEAD_BYTES = 64 * 1024;

/** How many large files are remembered: a few bytes each. */
const KEPT_FILES = 1000;

/** What text files are encoded in. A large file is read for that once in each of its states. */
export class FileEncodings {
  /** Of large files, by state. */
  readonly #known = new Recent<{ readonly encoding: TextEncoding }>(KEPT_FILES);

  /** @param name decides whether the file is text; of any other the answer means nothing */
  of(name: string, { descriptor, fingerprint, content, isSettled }: OpenFile): TextEncoding {
    if (!isText(name)) return "unknown";
    if (content !== undefined) return textEncodingOf(content);
    const look = () => ({ encoding: textEncodingOf(readHead(descriptor, HEAD_BYTES), false) });
    if (!isSettled) return look().encoding;
    const state = Object.values(fingerprint).join();
    return this.#known.use(state, this.#known.peek(state) ?? look()).encoding;
  }
}
