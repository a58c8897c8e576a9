/** The facts about a JPEG that decide what decoding it takes (ITU-T T.81, annex B). */
export interface JpegFrame {
  /** The samples of a pixel over all components: 3 without chroma subsampling, 1.5 as cameras do it. */
  readonly samples: number;
  /** Several scans add to the picture, so the decoder keeps the coefficients of all of it. */
  readonly isKeptWhole: boolean;
  /** The number of scans, also those of the small pictures that cameras put into the file. */
  readonly scans: number;
}

/** The most steps through the segments: a file has a few dozen, and each takes at most 64 KB. */
const MAX_STEPS = 10_000;

/** The most scans that are counted: encoders make about ten, and a hostile file has no end of them. */
export const MAX_SCANS = 100;

const MARKER = 0xff;
const START_OF_SCAN = 0xda;

/** A marker, its code, and the high byte of the length, which is 0 as a scan's header is short. */
const SCAN_HEAD = Buffer.from([MARKER, START_OF_SCAN, 0]);

/** The codes of frames (SOF): 0xC0 to 0xCF, except those of tables. */
const isFrame = (code: number) =>
  code >= 0xc0 && code <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(code);

/** The codes of progressive frames, with Huffman and with arithmetic coding: SOF2 and SOF10. */
const isProgressive = (code: number) => code === 0xc2 || code === 0xca;

interface FrameHeader {
  readonly code: number;
  readonly components: number;
  readonly samples: number;
}

/** Reads the frame of a JPEG; `undefined` if there is none before the first scan. */
export function readJpegFrame(bytes: Uint8Array): JpegFrame | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let frame: FrameHeader | undefined;
  let at = 2;
  for (let step = 0; step < MAX_STEPS && at + 4 <= bytes.length; step++) {
    const code = view.getUint8(at + 1);
    if (view.getUint8(at) !== MARKER) return undefined;
    if (code === START_OF_SCAN) return frame && frameOf(frame, bytes, at);
    if (isFrame(code)) frame = readFrameHeader(bytes.subarray(at + 4), code);
    // Fill bytes may come before the code of a marker.
    at += code === MARKER ? 1 : 2 + view.getUint16(at + 2);
  }
  return undefined;
}

function frameOf({ code, components, samples }: FrameHeader, bytes: Uint8Array, at: number) {
  const scanned = bytes[at + 4] ?? 0;
  const isKeptWhole = isProgressive(code) || scanned < components;
  return { samples, isKeptWhole, scans: countScans(bytes, at) };
}

/** Reads precision, height and width, and of each component its name, sampling factors and table. */
function readFrameHeader(header: Uint8Array, code: number): FrameHeader {
  const components = header[5] ?? 0;
  const samplings = Array.from({ length: components }, (_, index) => {
    const factors = header[7 + 3 * index] ?? 0;
    return (factors >> 4) * (factors & 0xf);
  });
  const sum = samplings.reduce((all, each) => all + each, 0);
  return { code, components, samples: sum / Math.max(1, ...samplings) };
}

/** Counts scans by their markers, which the data of a scan never has in it. */
function countScans(bytes: Uint8Array, start: number): number {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let scans = 0;
  let at = data.indexOf(SCAN_HEAD, start);
  while (at !== -1 && scans <= MAX_SCANS) {
    scans++;
    at = data.indexOf(SCAN_HEAD, at + SCAN_HEAD.length);
  }
  return scans;
}
