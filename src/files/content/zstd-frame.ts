/** The parsed header of a zstd frame (RFC 8878 §3.1.1.1). */
export interface ZstdHeader {
  /** The length of the header in bytes, including the magic number. */
  readonly bytes: number;
  /** The memory that a decoder needs, in bytes. */
  readonly windowBytes: number;
  /** Four bytes follow the last block. */
  readonly hasChecksum: boolean;
}

const MAGIC_NUMBER = 0xfd2fb528;
const MAGIC_BYTES = 4;
const CHECKSUM_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;

const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;

/** The type of a block of one byte, which is repeated. */
const REPEATED = 1;

/**
 * Reads the header of a zstd frame.
 *
 * @param start the first bytes of the file
 * @returns `undefined` if no frame starts there, or a skippable one
 */
export function readZstdHeader(start: Uint8Array): ZstdHeader | undefined {
  const isWhole =
    start.length > MAGIC_BYTES && littleEndian(start, 0, MAGIC_BYTES) === MAGIC_NUMBER;
  if (!isWhole) return undefined;
  const descriptor = start[MAGIC_BYTES] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = DICTIONARY_ID_BYTES[descriptor & 3] ?? 0;
  const contentSizeFlag = descriptor >> 6;
  const sizeBytes =
    contentSizeFlag === 0 && isSingleSegment ? 1 : (CONTENT_SIZE_BYTES[contentSizeFlag] ?? 0);
  const windowAt = MAGIC_BYTES + 1;
  const sizeAt = windowAt + (isSingleSegment ? 0 : 1) + dictionaryBytes;
  const bytes = sizeAt + sizeBytes;
  if (start.length < bytes) return undefined;
  return {
    bytes,
    // A single segment is its own window.
    windowBytes: isSingleSegment
      ? contentSizeOf(start, sizeAt, sizeBytes)
      : windowBytesOf(start[windowAt] ?? 0),
    hasChecksum: (descriptor & 4) !== 0,
  };
}

/** Follows one frame from its start, to know where it ends. */
export class ZstdFrame {
  readonly #checksumBytes: number;
  #header = 0;
  #headerBytes = 0;
  /** The bytes up to the next header of a block, or to the end of the frame. */
  #skip: number;
  #isLast = false;

  constructor({ bytes, hasChecksum }: ZstdHeader) {
    this.#skip = bytes;
    this.#checksumBytes = hasChecksum ? CHECKSUM_BYTES : 0;
  }

  /** Tells whether the frame has ended. */
  get isComplete(): boolean {
    return this.#isLast && this.#skip === 0;
  }

  /**
   * Takes the next bytes.
   *
   * @returns whether all of them belong to the frame
   */
  follow(chunk: Uint8Array): boolean {
    for (let at = 0; at < chunk.length;) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, chunk.length - at);
        this.#skip -= step;
        at += step;
      } else if (this.#isLast) {
        return false;
      } else {
        this.#addToHeader(chunk[at] ?? 0);
        at++;
      }
    }
    return true;
  }

  /**
   * Parses the header of a block (RFC 8878 §3.1.1.2): one bit marks the last block, two are its
   * type, and the rest is its size.
   */
  #addToHeader(byte: number): void {
    this.#header |= byte << (8 * this.#headerBytes);
    this.#headerBytes++;
    if (this.#headerBytes < BLOCK_HEADER_BYTES) return;
    const type = (this.#header >> 1) & 3;
    this.#isLast = (this.#header & 1) === 1;
    this.#skip = type === REPEATED ? 1 : this.#header >> 3;
    if (this.#isLast) this.#skip += this.#checksumBytes;
    this.#header = 0;
    this.#headerBytes = 0;
  }
}

/** Computes the window (RFC 8878 §3.1.1.1.2): a power of two, and eighths of it. */
function windowBytesOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** Reads the size of the content (RFC 8878 §3.1.1.1.4). */
function contentSizeOf(bytes: Uint8Array, at: number, length: number): number {
  return littleEndian(bytes, at, length) + (length === 2 ? 256 : 0);
}

function littleEndian(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let index = length - 1; index >= 0; index--) value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}
