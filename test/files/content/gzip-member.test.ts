import { describe, expect, test } from "bun:test";
import { crc32, gzipSync } from "node:zlib";
import { gzipHeaderBytes, readGzipTrailer } from "../../../src/files/content/gzip-member.ts";

const FIXED = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];

/** A header with these flags, and what follows its ten bytes. */
function header(flags: number, ...rest: number[]): Uint8Array {
  return Uint8Array.from([...FIXED.with(3, flags), ...rest]);
}

function withChecksum(bytes: Uint8Array): Uint8Array {
  const checksum = crc32(bytes);
  return Uint8Array.from([...bytes, checksum & 0xff, (checksum >> 8) & 0xff]);
}

describe("gzipHeaderBytes() (RFC 1952 §2.3)", () => {
  test.each([
    ["nothing", new Uint8Array(0)],
    ["text", Buffer.from("not gzip, and long enough")],
    ["another method than deflate", Uint8Array.from(FIXED.with(2, 7))],
    ["a reserved flag", header(0x20)],
    ["half a header", header(0).subarray(0, 9)],
    ["a name without an end", header(8, 0x61, 0x62)],
    ["a comment without an end", header(24, 0x61, 0, 0x62)],
    ["a field longer than the file", header(4, 200, 0, 1, 2, 3)],
    ["a wrong checksum", header(2, 1, 2)],
  ])("refuses %s", (_, start) => {
    expect(gzipHeaderBytes(start)).toBeUndefined();
  });

  test.each([
    ["what zlib makes", gzipSync("text"), 10],
    ["a name", header(8, 0x61, 0, 0xff), 12],
    ["a comment", header(16, 0x61, 0x62, 0, 0xff), 13],
    ["a field, as of dictzip", header(4, 3, 0, 1, 2, 3, 0xff), 15],
    ["all of them", header(28, 1, 0, 9, 0x61, 0, 0x62, 0, 0xff), 17],
    ["a checksum", withChecksum(header(10, 0x61, 0)), 14],
  ])("measures %s", (_, start, bytes) => {
    expect(gzipHeaderBytes(start)).toBe(bytes);
  });
});

test("readGzipTrailer() reads what zlib wrote", () => {
  const text = Buffer.from("all work and no play");
  const trailer = gzipSync(text).subarray(-8);
  expect(readGzipTrailer(trailer)).toEqual({ crc: crc32(text), decodedBytes: text.length });
});

test("readGzipTrailer() reads nothing from a file that has become shorter", () => {
  expect(readGzipTrailer(new Uint8Array(7))).toBeUndefined();
});
