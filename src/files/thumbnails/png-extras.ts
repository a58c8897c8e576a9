/** The length of the signature at the start of a PNG, in bytes. */
const SIGNATURE_BYTES = 8;

/** The bytes of a chunk besides its data: length, type and checksum. */
const CHUNK_BYTES = 12;

/** The most chunks that are looked at: 64 MB in pieces of 1 KB, and encoders make larger ones. */
const MAX_CHUNKS = 65_536;

const ZTXT = typeNumber("zTXt");
const ITXT = typeNumber("iTXt");
const ICCP = typeNumber("iCCP");

/**
 * Counts the compressed bytes of a PNG besides its picture: texts and a color profile (PNG §11.3). Bun
 * inflates all of them, however long they become (Bun: png-texts-inflated).
 *
 * @returns Infinity for more chunks than a picture has
 */
export function extraBytesOfPng(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let extra = 0;
  let chunks = 0;
  for (let at = SIGNATURE_BYTES; at + CHUNK_BYTES <= bytes.length; chunks++) {
    if (chunks === MAX_CHUNKS) return Infinity;
    const length = view.getUint32(at);
    const type = view.getUint32(at + 4);
    const isText = type === ZTXT || (type === ITXT && isCompressed(bytes.subarray(at + 8)));
    if (isText || type === ICCP) extra += length;
    at += CHUNK_BYTES + length;
  }
  return extra;
}

/** Tells whether an international text is compressed: the flag comes after its keyword and a NUL. */
function isCompressed(text: Uint8Array): boolean {
  return text[text.indexOf(0) + 1] !== 0;
}

/** Returns the four letters of a chunk's type as they are in the file. */
function typeNumber(type: string): number {
  return Buffer.from(type, "latin1").readUInt32BE();
}
