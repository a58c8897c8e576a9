import { describe, expect, test } from "bun:test";
import { createZstdCompress, constants, zstdCompressSync } from "node:zlib";
import { readZstdHeader, ZstdFrame } from "../../../src/files/content/zstd-frame.ts";

const MIB = 1024 * 1024;
const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

const { ZSTD_c_checksumFlag, ZSTD_c_windowLog } = constants;

function frame(...bytes: number[]): Uint8Array {
  return Uint8Array.from([...MAGIC, ...bytes]);
}

/** As programs make it that do not know the size beforehand. */
async function streamed(content: Uint8Array, params: Record<number, number>): Promise<Buffer> {
  const stream = createZstdCompress({ params });
  stream.end(content);
  return Buffer.concat(await Array.fromAsync(stream));
}

describe("readZstdHeader() (RFC 8878 §3.1.1.1)", () => {
  test.each([
    ["nothing", new Uint8Array(0)],
    ["the magic number alone", frame()],
    ["text", Buffer.from("not zstd, and long enough")],
    ["a skippable frame", Uint8Array.from([0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9])],
    ["half a header", frame(0xc0, 0x58, 1, 2)],
  ])("refuses %s", (_, start) => {
    expect(readZstdHeader(start)).toBeUndefined();
  });

  const none = { hasChecksum: false };

  test.each([
    ["a window of 1 KiB", frame(0, 0), { ...none, bytes: 6, windowBytes: 1024 }],
    ["a window of 8 MiB", frame(0, 0x68), { ...none, bytes: 6, windowBytes: 8 * MIB }],
    ["an eighth more", frame(0, 0x69), { ...none, bytes: 6, windowBytes: 9 * MIB }],
    ["--long=27", frame(0, 0x88), { ...none, bytes: 6, windowBytes: 128 * MIB }],
    ["the largest", frame(0, 0xff), { ...none, bytes: 6, windowBytes: 2 ** 41 * 1.875 }],
    ["a checksum", frame(4, 0), { ...none, bytes: 6, windowBytes: 1024, hasChecksum: true }],
    ["a segment of 5 bytes", frame(0x20, 5), { ...none, bytes: 6, windowBytes: 5 }],
    ["one of 256", frame(0x60, 0, 0), { ...none, bytes: 7, windowBytes: 256 }],
    ["one of 16 MiB", frame(0xa0, 0, 0, 0, 1), { ...none, bytes: 9, windowBytes: 16 * MIB }],
    [
      "one beyond all memory",
      frame(0xe0, 255, 255, 255, 255, 255, 255, 255, 255),
      { ...none, bytes: 13, windowBytes: 2 ** 64 },
    ],
    ["a dictionary", frame(1, 0, 7), { ...none, bytes: 7, windowBytes: 1024 }],
  ])("reads %s", (_, start, header) => {
    expect(readZstdHeader(start)).toEqual(header);
  });
});

describe("ZstdFrame", () => {
  const noise = crypto.getRandomValues(new Uint8Array(60_000));
  const content = Buffer.concat(
    Array.from({ length: 6 }, () => [noise, new Uint8Array(200_000)]).flat(),
  );

  const followed = (bytes: Uint8Array, step: number) => {
    const header = readZstdHeader(bytes);
    if (header === undefined) throw new Error("no header");
    const followed = new ZstdFrame(header);
    let isAllowed = true;
    for (let at = 0; at < bytes.length && isAllowed; at += step) {
      isAllowed = followed.follow(bytes.subarray(at, at + step));
    }
    return { isAllowed, isComplete: followed.isComplete };
  };

  const STEPS = [1, 2, 3, 1000, MIB];

  test.each(STEPS)("finds the end of frames, %d bytes at a time", async (step) => {
    const frames = [
      zstdCompressSync(content),
      zstdCompressSync(content, { params: { [ZSTD_c_checksumFlag]: 1 } }),
      await streamed(content, { [ZSTD_c_windowLog]: 20 }),
      zstdCompressSync(""),
    ];
    for (const bytes of frames) {
      expect(followed(bytes, step)).toEqual({ isAllowed: true, isComplete: true });
      expect(followed(bytes.subarray(0, -1), step)).toEqual({ isAllowed: true, isComplete: false });
      const more = Buffer.concat([bytes, Buffer.of(0)]);
      expect(followed(more, step).isAllowed).toBe(false);
      expect(followed(Buffer.concat([bytes, bytes]), step).isAllowed).toBe(false);
    }
  });
});
