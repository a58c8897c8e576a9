import { expect } from "bun:test";
import { pipeline } from "node:stream/promises";
import {
  brotliCompressSync,
  createBrotliDecompress,
  createInflateRaw,
  createZstdDecompress,
  deflateRawSync,
  zstdCompressSync,
} from "node:zlib";
import { probe } from "./probe.ts";

const TEXT = Buffer.from("All work and no play makes a dull file. ".repeat(500));

type Decoder = ReturnType<typeof createInflateRaw | typeof createZstdDecompress>;

/** Decodes what comes in one part, and counts. */
async function decode(decoder: Decoder, coded: Uint8Array) {
  let decodedBytes = 0;
  await pipeline([coded], decoder, async (chunks: AsyncIterable<Uint8Array>) => {
    for await (const { length } of chunks) decodedBytes += length;
  });
  return { decodedBytes, usedBytes: decoder.bytesWritten };
}

probe("zstd-half-frame", async () => {
  const coded = zstdCompressSync(TEXT);
  const cut = coded.subarray(0, -1);
  expect((await decode(createZstdDecompress(), cut)).usedBytes).toBe(cut.length);
});

probe("decoder-counts", async () => {
  for (const [decoder, coded] of [
    [createInflateRaw(), deflateRawSync(TEXT)],
    [createBrotliDecompress(), brotliCompressSync(TEXT)],
  ] as const) {
    const followed = Buffer.concat([coded, Buffer.alloc(100)]);
    const counted = { decodedBytes: TEXT.length, usedBytes: coded.length };
    expect(await decode(decoder, followed)).toEqual(counted);
  }
});
