import { closeSync, fstatSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { crc32 } from "node:zlib";
import { codeOf } from "../../system/system-error.ts";
import { formOf, type CodedForm } from "./coded-form.ts";
import type { CompressedCoding } from "../../http/accept-encoding.ts";
import type { DocumentRoot } from "../root/document-root.ts";
import { FileReader } from "../root/file-reader.ts";
import { GZIP_TRAILER_BYTES } from "./gzip-member.ts";
import { fingerprintOf, isSameState, type Fingerprint } from "../root/watched.ts";

/** A file in the state of its lookup. */
export interface FoundFile {
  readonly lookupPath: string;
  readonly fingerprint: Fingerprint;
}

/** The question whether a precompressed sibling decodes to exactly the bytes of its file. */
export interface SiblingQuestion {
  readonly file: FoundFile;
  readonly sibling: FoundFile;
  readonly coding: CompressedCoding;
}

/** The bytes that are read and decoded at a time. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Answers a question by decoding the sibling, up to the first byte that differs. The thread pool
 * reads and decodes a part at a time, so that files of any size take little memory and hold nothing
 * up. The event loop compares the parts.
 *
 * @returns `undefined` if a file is no longer in the state of its lookup
 * @throws `AbortError` after the signal; file-system errors; a want of memory
 */
export async function checkSibling(
  root: DocumentRoot,
  { file, sibling, coding }: SiblingQuestion,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  await using original = openFound(root, file);
  await using coded = openFound(root, sibling);
  if (original === undefined || coded === undefined) return undefined;
  const answer = await decodesTo(coded, coding, original, signal);
  return isInState(original, file) && isInState(coded, sibling) ? answer : undefined;
}

function openFound(root: DocumentRoot, found: FoundFile): FileReader | undefined {
  const opened = root.openContained(found.lookupPath);
  if (opened === undefined) return undefined;
  const { descriptor, stats } = opened;
  if (isSameState(fingerprintOf(stats), found.fingerprint)) {
    return new FileReader(descriptor, Number(stats.size));
  }
  closeSync(descriptor);
  return undefined;
}

function isInState({ descriptor }: FileReader, { fingerprint }: FoundFile): boolean {
  return isSameState(fingerprintOf(fstatSync(descriptor, { bigint: true })), fingerprint);
}

async function decodesTo(
  coded: FileReader,
  coding: CompressedCoding,
  original: FileReader,
  signal: AbortSignal,
): Promise<boolean> {
  const { bytes } = coded;
  const head = await coded.read(0, Math.min(bytes, CHUNK_BYTES));
  const tail = await coded.read(Math.max(0, bytes - GZIP_TRAILER_BYTES), bytes);
  const form = formOf(coding, { head, tail, bytes, decodedBytes: original.bytes });
  if (form === undefined) return false;
  try {
    return await new Comparison(coded, form, original, signal).run();
  } catch (error) {
    if (coded.hasFailed || original.hasFailed) throw error;
    if (error instanceof Difference || isUndecodable(error)) return false;
    throw error;
  }
}

/**
 * Tells whether an error is about the content. Every error of zlib, brotli and zstd has a code, and
 * so has the error of a pipeline whose decoder ended before its source. A want of memory says
 * nothing about the file.
 */
function isUndecodable(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && !/mem|alloc/i.test(code);
}

/** The error that ends a comparison at a difference. */
class Difference extends Error {}

/** Decodes one file and compares the result with another part by part. */
class Comparison {
  readonly #coded: FileReader;
  readonly #form: CodedForm;
  readonly #original: FileReader;
  readonly #signal: AbortSignal;
  #crc = 0;
  #comparedBytes = 0;

  constructor(coded: FileReader, form: CodedForm, original: FileReader, signal: AbortSignal) {
    this.#coded = coded;
    this.#form = form;
    this.#original = original;
    this.#signal = signal;
  }

  /**
   * Returns whether the two are the same.
   *
   * @throws `Difference`, `AbortError`, the errors of the decoder and of the file system
   */
  async run(): Promise<boolean> {
    const { bytes } = this.#original;
    const decoder = this.#form.createDecoder({ chunkSize: Math.min(bytes + 64, CHUNK_BYTES) });
    await pipeline(this.#codedChunks(), decoder, (decoded: AsyncIterable<Uint8Array>) =>
      this.#compare(decoded),
    );
    return this.#comparedBytes === bytes && this.#form.isComplete(decoder.bytesWritten, this.#crc);
  }

  async *#codedChunks(): AsyncGenerator<Uint8Array, void, void> {
    const { start, end, follow } = this.#form;
    for (let at = start; at < end; at += CHUNK_BYTES) {
      const chunk = await this.#coded.read(at, Math.min(at + CHUNK_BYTES, end));
      this.#signal.throwIfAborted();
      if (!follow(chunk)) throw new Difference();
      yield chunk;
    }
  }

  async #compare(decoded: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of decoded) {
      const start = this.#comparedBytes;
      const same = await this.#original.read(start, start + chunk.length);
      this.#signal.throwIfAborted();
      if (Buffer.compare(chunk, same) !== 0) throw new Difference();
      this.#crc = crc32(chunk, this.#crc);
      this.#comparedBytes += chunk.length;
    }
  }
}
