import { describe, expect, test } from "bun:test";
import { decodingBytes } from "../../../src/files/thumbnails/decoding-cost.ts";
import {
  compressedText,
  makeJpeg,
  makePng,
  pixelsOf,
  repeatScan,
  type Chunk,
} from "../../helpers/pictures.ts";

const SIZE = { width: 40, height: 30 };
const BASELINE = await makeJpeg(SIZE);
const PROGRESSIVE = await makeJpeg(SIZE, 0, true);
const PIXELS = SIZE.width * SIZE.height;
const DATA = pixelsOf(120, 30);
const KIB = 1024;
const MIB = 1024 * KIB;

const text = (type: string, data: Uint8Array<ArrayBuffer>): Chunk => [type, data];
const repeat = (chunk: Chunk, times: number) => Array.from({ length: times }, () => chunk);
const international = (flag: number) =>
  Buffer.concat([
    Buffer.from(`XML:com.adobe.xmp\0${String.fromCharCode(flag)}\0\0\0`),
    Buffer.alloc(99 * KIB),
  ]);

describe("decodingBytes() of a PNG", () => {
  test.each([
    ["a text of 66 MB", [text("zTXt", compressedText(66 * MIB))], Infinity],
    ["texts of 66 MB in all", repeat(text("zTXt", compressedText(MIB)), 66), Infinity],
    ["a color profile of 66 MB", [text("iCCP", compressedText(66 * MIB))], Infinity],
    ["a compressed international text", [text("iTXt", international(1))], Infinity],
    ["an international text as it is", [text("iTXt", international(0))], 4 * PIXELS],
    ["a text as it is", [text("tEXt", new Uint8Array(99 * KIB))], 4 * PIXELS],
    ["a color profile of 500 KB", [text("iCCP", compressedText(500 * KIB))], 4 * PIXELS],
    ["chunks without end", repeat(text("teXt", new Uint8Array()), 70_000), Infinity],
    ["nothing besides the picture", [], 4 * PIXELS],
  ])("with %s", (_, chunks, expected) => {
    const bytes = makePng(SIZE, ...chunks, DATA);
    expect(decodingBytes({ bytes, format: "png", ...SIZE })).toBe(expected);
  });

  test("whose chunk says that it is longer than the file", () => {
    const bytes = makePng(SIZE, DATA).fill(0xff, 33, 36);
    expect(decodingBytes({ bytes, format: "png", ...SIZE })).toBe(4 * PIXELS);
  });
});

describe("decodingBytes() of a JPEG", () => {
  test.each([
    ["one scan", BASELINE, PIXELS / 4],
    ["several scans", PROGRESSIVE, 3 * PIXELS],
    ["a thousand scans", repeatScan(PROGRESSIVE, 1000), Infinity],
    ["no frame", Buffer.from("no picture"), Infinity],
  ])("with %s", (_, bytes, expected) => {
    expect(decodingBytes({ bytes, format: "jpeg", ...SIZE })).toBe(expected);
  });
});

describe("decodingBytes() of", () => {
  const webp = (kind: string) => Buffer.from(`RIFF....WEBP${kind}`);

  test.each([
    ["WebP with loss", webp("VP8 "), "webp", 5 * PIXELS],
    ["WebP without", webp("VP8L"), "webp", 8 * PIXELS],
    ["WebP with more to it", webp("VP8X"), "webp", 8 * PIXELS],
    ["GIF", Buffer.from("GIF89a"), "gif", 5 * PIXELS],
    ["BMP", Buffer.from("BM"), "bmp", 5 * PIXELS],
  ])("%s", (_, bytes, format, expected) => {
    expect(decodingBytes({ bytes, format, ...SIZE })).toBe(expected);
  });
});
