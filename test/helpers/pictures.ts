import { crc32, deflateSync } from "node:zlib";
import { paintPhoto } from "./photos.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The size of a picture in pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Makes a JPEG of a landscape. */
export async function makeJpeg(size: PictureSize, seed = 0, progressive = false): Promise<Bytes> {
  return bytesOf(new Bun.Image(paintPhoto({ ...size, seed })).jpeg({ progressive }));
}

/**
 * Makes a JPEG of many pixels in little time: a small landscape, enlarged.
 *
 * @param progressive it is made of several scans
 */
export function makeLargeJpeg({ width, height }: PictureSize, progressive = false): Promise<Bytes> {
  const image = new Bun.Image(paintPhoto({ width: 600, height: 400, seed: 1 }));
  return bytesOf(image.resize(width, height, { filter: "box" }).jpeg({ progressive }));
}

/** Makes a PNG of many pixels in little time, likewise. */
export function makeLargePng({ width, height }: PictureSize): Promise<Bytes> {
  const image = new Bun.Image(paintPhoto({ width: 600, height: 400, seed: 1 }));
  return bytesOf(image.resize(width, height, { filter: "box" }).png({ compressionLevel: 1 }));
}

/** Encodes an image, into memory of its own. */
async function bytesOf(image: Bun.Image): Promise<Bytes> {
  return new Uint8Array(await image.bytes());
}

/** Gives a JPEG an orientation: 6 for a photo that was taken with the camera on its right side (Exif 2.3). */
export function withOrientation(jpeg: Bytes, orientation: number): Bytes {
  const exif = Buffer.concat([
    Buffer.from("Exif\0\0MM\0*\0\0\0\x08\0\x01", "latin1"),
    Buffer.from([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]),
  ]);
  return insertSegment(jpeg, 0xe1, exif);
}

/** Puts a segment in front of all others of a JPEG. */
export function insertSegment(jpeg: Bytes, code: number, content: Bytes): Bytes {
  const length = content.length + 2;
  const head = [0xff, code, length >> 8, length & 0xff];
  return concat(jpeg.subarray(0, 2), Uint8Array.from(head), content, jpeg.subarray(2));
}

/** Makes a JPEG whose first scan comes so many times, without any data. */
export function repeatScan(jpeg: Bytes, times: number): Bytes {
  const start = Buffer.from(jpeg).indexOf(Buffer.from([0xff, 0xda, 0]));
  const scan = jpeg.subarray(start, start + 2 + (jpeg[start + 3] ?? 0));
  const end = Uint8Array.of(0xff, 0xd9);
  return concat(jpeg.subarray(0, start), ...Array.from({ length: times }, () => scan), end);
}

/** A piece of a PNG: its type and its data. */
export type Chunk = readonly [type: string, data: Bytes];

/** The head of a PNG whose pixels have this many bits for each of red, green, blue and alpha, or for grey. */
export interface PngHead extends PictureSize {
  readonly bits?: number;
  readonly color?: "grey" | "rgb" | "rgba";
}

const COLOR_TYPES = { grey: 0, rgb: 2, rgba: 6 } as const;

/** Makes a PNG of chunks, with right checksums, whatever is in them. */
export function makePng({ width, height, bits = 8, color = "rgb" }: PngHead, ...chunks: Chunk[]) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([bits, COLOR_TYPES[color]], 8);
  const all: readonly Chunk[] = [["IHDR", head], ...chunks, ["IEND", new Uint8Array()]];
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return concat(signature, ...all.map(formatChunk));
}

/** The pixels of a PNG, each byte of them of the same value. */
export function pixelsOf(rowBytes: number, height: number, value = 0): Chunk {
  const row = Buffer.alloc(1 + rowBytes, value).fill(0, 0, 1);
  return ["IDAT", deflateSync(Buffer.concat(Array.from({ length: height }, () => row)))];
}

/** Text that is nothing but a letter, so often that it takes a thousandth of its length. */
export function compressedText(bytes: number): Bytes {
  return concat(Buffer.from("Comment\0\0"), deflateSync(Buffer.alloc(bytes, "a")));
}

function formatChunk([type, data]: Chunk): Bytes {
  const typed = concat(Buffer.from(type), data);
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(data.length, 0);
  numbers.writeUInt32BE(crc32(typed), 4);
  return concat(numbers.subarray(0, 4), typed, numbers.subarray(4));
}

/** A GIF of one pixel that is red at first and then blue. */
export const BLINKING_GIF = Uint8Array.from(
  Buffer.from(
    "474946383961010001008000" +
      "00ff00000000ff" +
      "2c000000000100010000" +
      "0202440100" +
      "2c000000000100010000" +
      "02024c0100" +
      "3b",
    "hex",
  ),
);

function concat(...parts: readonly Uint8Array[]): Bytes {
  return new Uint8Array(Buffer.concat(parts));
}
