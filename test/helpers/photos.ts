/** The size and the look of a photo that is painted. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  /** Photos of different seeds look different; those of the same seed, alike. */
  readonly seed: number;
}

type Color = readonly [red: number, green: number, blue: number];

interface Layer {
  readonly color: Color;
  /** The first row of the layer in each column. */
  readonly ridge: Float32Array;
}

type Palette = readonly [zenith: Color, horizon: Color, ...hills: Color[]];

const FIRST_PALETTE = palette("#3a6eb2 #dee2dc #8ea0b2 #607c86 #3e5c56 #223830");

/** The colors of the sky above and at the horizon, and of the hills, the farthest first. */
const PALETTES: readonly Palette[] = [
  FIRST_PALETTE,
  palette("#3e3460 #f6b078 #a87680 #745268 #48364e #241c2e"),
  palette("#6096be #ece6cc #ceb88e #bc9662 #9c6e42 #68462c"),
  palette("#1e2c50 #7896b0 #546a84 #3a4e6a #26364e #141e30"),
  palette("#78b0ce #eef0e4 #96ba96 #689868 #467648 #284e2e"),
  palette("#b0bec8 #ece8e4 #bec2c8 #9ea4ac #787e88 #4e545e"),
];

function palette(text: string): Palette {
  const [zenith, horizon, ...hills] = text.split(" ").map((hex): Color => {
    const [red = 0, green = 0, blue = 0] = Buffer.from(hex.slice(1), "hex");
    return [red, green, blue];
  });
  if (zenith === undefined || horizon === undefined) throw new Error(`no palette: ${text}`);
  return [zenith, horizon, ...hills];
}

/** The strength of the grain: a photo of 24 megapixels has several MB as a JPEG, as a camera's has. */
const GRAIN = 26;

/** The strength of what grows on the hills, which a thumbnail still shows. */
const GROWTH = 60;

/** The side of the pattern that is repeated on the hills: a power of two. */
const PATTERN = 512;

const BMP_HEAD_BYTES = 54;

/** Paints a landscape with grain, as a photo has it, as a BMP, which `Bun.Image` reads. */
export function paintPhoto({ width, height, seed }: Scene): Uint8Array<ArrayBuffer> {
  const random = makeRandom(seed + 1);
  const [zenith, horizon, ...hills] = PALETTES[seed % PALETTES.length] ?? FIRST_PALETTE;
  const layers = hills.map((color, index): Layer => {
    const level = height * (0.42 + (0.5 * index) / hills.length + 0.08 * random());
    return { color, ridge: makeRidge(width, level, height * 0.07, random) };
  });
  const bmp = makeBmp(width, height);
  const pattern = makePattern(random);
  for (let y = 0; y < height; y++) {
    const sky = mix(zenith, horizon, Math.min(1, (y / height) * 1.9));
    paintRow(bmp, { y, width, height, sky, layers, pattern, random: makeNoise(seed * 7919 + y) });
  }
  return bmp;
}

interface Row {
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly sky: Color;
  readonly layers: readonly Layer[];
  readonly pattern: Float32Array;
  /** Returns another number from 0 to 255 each time. */
  readonly random: () => number;
}

function paintRow(bmp: Uint8Array, { y, width, height, sky, layers, pattern, random }: Row): void {
  const cell = Math.max(1, width / 1500);
  let at = BMP_HEAD_BYTES + (height - 1 - y) * rowBytesOf(width); // the last row comes first
  for (let x = 0; x < width; x++) {
    let color = sky;
    let depth = 0;
    for (const layer of layers) {
      if (y < (layer.ridge[x] ?? 0)) break;
      ({ color } = layer);
      depth++;
    }
    let light = ((random() - 128) / 256) * GRAIN;
    if (depth > 0) {
      const row = Math.trunc((y / cell) * (1 + depth / 4)) % PATTERN;
      const column = Math.trunc(x / cell + depth * 97) % PATTERN;
      light += (pattern[row * PATTERN + column] ?? 0) * GROWTH;
    }
    bmp[at++] = clamp(color[2] + light);
    bmp[at++] = clamp(color[1] + light);
    bmp[at++] = clamp(color[0] + light);
  }
}

/** Makes a pattern of spots of many sizes, which can be repeated without a seam. */
function makePattern(random: () => number): Float32Array {
  const pattern = new Float32Array(PATTERN * PATTERN);
  for (let size = 8, weight = 0.5; size >= 1; size /= 2, weight *= 0.8) {
    const spots = Float32Array.from({ length: (PATTERN / size) ** 2 }, () => random() - 0.5);
    for (let index = 0; index < pattern.length; index++) {
      const row = Math.trunc(index / PATTERN / size);
      const column = Math.trunc((index % PATTERN) / size);
      pattern[index] =
        (pattern[index] ?? 0) + weight * (spots[(row * PATTERN) / size + column] ?? 0);
    }
  }
  return pattern;
}

/** A xorshift generator, as there is a number for each pixel. */
function makeNoise(seed: number): () => number {
  let state = (seed + 1) | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  };
}

/** Makes the outline of hills, of waves that are ever shorter and lower. */
function makeRidge(width: number, level: number, height: number, random: () => number) {
  const waves = Array.from({ length: 7 }, (_, octave) => ({
    length: (width * (0.5 + random())) / 2 ** octave,
    height: height / 1.9 ** octave,
    phase: random() * 2 * Math.PI,
  }));
  return Float32Array.from({ length: width }, (_, x) =>
    waves.reduce(
      (y, wave) => y + wave.height * Math.sin((2 * Math.PI * x) / wave.length + wave.phase),
      level,
    ),
  );
}

/** Makes a BMP of 24 bits a pixel, without pixels. */
function makeBmp(width: number, height: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(BMP_HEAD_BYTES + rowBytesOf(width) * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, BMP_HEAD_BYTES, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  return bytes;
}

/** The bytes of a row, which is filled up to four. */
function rowBytesOf(width: number): number {
  return Math.ceil((width * 3) / 4) * 4;
}

function mix(one: Color, other: Color, part: number): Color {
  const at = (index: 0 | 1 | 2) => one[index] + (other[index] - one[index]) * part;
  return [at(0), at(1), at(2)];
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** A linear congruential generator (Numerical Recipes), from 0 to 1. */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}
