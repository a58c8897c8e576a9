import { describe, expect, test } from "bun:test";
import { MAX_SCANS, readJpegFrame } from "../../../src/files/thumbnails/jpeg-frame.ts";
import { insertSegment, makeJpeg, repeatScan } from "../../helpers/pictures.ts";

const SIZE = { width: 64, height: 48 };
const BASELINE = await makeJpeg(SIZE);
const PROGRESSIVE = await makeJpeg(SIZE, 0, true);

/** A frame of three components that are sampled alike, and a scan of so many of them. */
const frameWith = (code: number, scanned: number) =>
  Uint8Array.of(
    ...[0xff, 0xd8],
    ...[0xff, code, 0, 17, 8, 0, 8, 0, 8, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0],
    ...[
      0xff,
      0xda,
      0,
      6 + 2 * scanned,
      scanned,
      ...Array.from({ length: 2 * scanned + 3 }, () => 0),
    ],
  );

const fillBytes = (jpeg: Uint8Array) => Uint8Array.of(0xff, 0xd8, 0xff, 0xff, ...jpeg.subarray(2));

describe("readJpegFrame() reads", () => {
  test.each([
    ["no frame of nothing", new Uint8Array(), undefined],
    ["no frame of a text", Buffer.from("this is no picture, and long enough"), undefined],
    ["no frame of a JPEG that ends before its scan", BASELINE.subarray(0, 200), undefined],
    [
      "no frame of a scan without one",
      Uint8Array.of(0xff, 0xd8, 0xff, 0xda, 0, 8, 1, 0),
      undefined,
    ],
    ["no frame behind endless fill bytes", new Uint8Array(100_000).fill(0xff), undefined],
    ["one scan", BASELINE, { samples: 1.5, isKeptWhole: false, scans: 1 }],
    ["fill bytes", fillBytes(BASELINE), { samples: 1.5, isKeptWhole: false, scans: 1 }],
    ["a progressive frame", PROGRESSIVE, { samples: 1.5, isKeptWhole: true, scans: 10 }],
    ["no subsampling", frameWith(0xc0, 3), { samples: 3, isKeptWhole: false, scans: 1 }],
    ["a component a scan", frameWith(0xc0, 1), { samples: 3, isKeptWhole: true, scans: 1 }],
    ["arithmetic coding", frameWith(0xca, 3), { samples: 3, isKeptWhole: true, scans: 1 }],
  ])("%s", (_, bytes, expected) => {
    expect(readJpegFrame(bytes)).toEqual(expected);
  });

  test("a picture in the head of another as no frame and no scan of it", () => {
    const both = insertSegment(BASELINE, 0xe1, PROGRESSIVE);
    expect(readJpegFrame(both)).toEqual({ samples: 1.5, isKeptWhole: false, scans: 1 });
  });

  test("more scans than anybody needs, and does not count all of them", () => {
    expect(readJpegFrame(repeatScan(PROGRESSIVE, MAX_SCANS))?.scans).toBe(MAX_SCANS);
    expect(readJpegFrame(repeatScan(PROGRESSIVE, 10_000))?.scans).toBe(MAX_SCANS + 1);
  });
});
