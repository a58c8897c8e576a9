import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import {
  brotliCompressSync,
  constants,
  createZstdCompress,
  crc32,
  deflateRawSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import type { CompressedCoding } from "../../../src/http/accept-encoding.ts";
import { DocumentRoot } from "../../../src/files/root/document-root.ts";
import { checkSibling } from "../../../src/files/content/sibling-check.ts";
import { fingerprintOf } from "../../../src/files/root/watched.ts";
import { PATIENCE_MS } from "../../helpers/patience.ts";
import { makeTree } from "../../helpers/tree.ts";
import { useTree } from "../../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const MIB = 1024 * 1024;

const TEXT = Buffer.from("All work and no play makes a dull file. ".repeat(500));
const HALF = TEXT.length / 2;

/** Above what is read at a time, and above what is answered from memory: noise does not shrink. */
const LARGE = Buffer.concat([crypto.getRandomValues(new Uint8Array(65_536)), TEXT]);
const LARGER = Buffer.concat(
  Array.from({ length: 20 }, (_, round) => Buffer.concat([LARGE, Buffer.from([round])])),
);

const { BROTLI_PARAM_LARGE_WINDOW, BROTLI_PARAM_LGWIN, ZSTD_c_checksumFlag, ZSTD_c_windowLog } =
  constants;

const CODINGS = ["gzip", "br", "zstd"] as const;

const COMPRESS: Readonly<Record<CompressedCoding, (content: Uint8Array) => Buffer>> = {
  gzip: (content) => gzipSync(content),
  br: (content) => brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  zstd: (content) => zstdCompressSync(content),
};

const NOTHING = Buffer.alloc(0);

/** A frame of a zstd program that does not know the size beforehand. */
async function streamedZstd(content: Uint8Array, windowLog: number): Promise<Buffer> {
  const stream = createZstdCompress({ params: { [ZSTD_c_windowLog]: windowLog } });
  stream.end(content);
  return Buffer.concat(await Array.fromAsync(stream));
}

/** `gzip` of its own making: with fields in its header, and a trailer that may be wrong. */
function member(content: Uint8Array, { crc = crc32(content), bytes = content.length, name = "" }) {
  const flags = name === "" ? 0 : 8;
  const header = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3]),
    Buffer.from(name === "" ? "" : `${name}\0`),
  ]);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(bytes, 4);
  return Buffer.concat([header, deflateRawSync(content), trailer]);
}

/** A zstd frame of one block that is not compressed, after a header of these bytes. */
function rawZstd(content: Uint8Array, ...header: number[]): Buffer {
  const block = Buffer.alloc(3);
  block.writeUIntLE((content.length << 3) | 1, 0, 3);
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...header]), block, content]);
}

/** A skippable frame (RFC 8878 §3.1.2) of three bytes. */
const SKIPPABLE = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

/** A zstd file of 4 MB that decodes to 128 GiB of zeros: blocks of one byte, 128 KiB times. */
function bomb(): Buffer {
  const block = Buffer.alloc(4);
  block.writeUIntLE(((128 * 1024) << 3) | (1 << 1), 0, 3);
  return Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x68]),
    Buffer.alloc(4 * MIB, block),
  ]);
}

const tree = useTree();
let root: DocumentRoot;

beforeAll(() => {
  root = DocumentRoot.open(tree.path, { hidden: false });
});

function foundIn(directory: DocumentRoot, name: string) {
  const lookupPath = `${directory.path}/${name}`;
  return { lookupPath, fingerprint: fingerprintOf(statSync(lookupPath, { bigint: true })) };
}

const { signal: unstopped } = new AbortController();

function check(coding: CompressedCoding, signal = unstopped) {
  return checkSibling(
    root,
    { file: foundIn(root, "file"), sibling: foundIn(root, "sibling"), coding },
    signal,
  );
}

/** Whether a sibling of this content is one of a file of that content. */
function verdictOf(coding: CompressedCoding, sibling: Uint8Array, file: Uint8Array = TEXT) {
  writeFileSync(tree.at("file"), file);
  writeFileSync(tree.at("sibling"), sibling);
  return check(coding);
}

const openFiles = () => readdirSync("/proc/self/fd").length;

describe.each(CODINGS)("A4 checkSibling() of %s", (coding) => {
  const compress = COMPRESS[coding];
  const good = compress(TEXT);
  const larger = compress(LARGER);

  test.each([
    ["a small file", TEXT],
    ["a file of one byte", Buffer.from("x")],
    ["an empty file", NOTHING],
    ["a file of many parts", LARGER],
    ["a file that shrinks to nothing", Buffer.alloc(5 * MIB)],
  ])("accepts %s", async (_, file) => {
    expect(await verdictOf(coding, compress(file), file)).toBe(true);
  });

  const refused: readonly (readonly [what: string, sibling: Uint8Array, file?: Uint8Array])[] = [
    ["an empty sibling", NOTHING],
    ["an empty sibling of an empty file", NOTHING, NOTHING],
    ["what is no such file", Buffer.from("neither of them, and long enough to be one")],
    ["the file itself", TEXT],
    ["one byte", good.subarray(0, 1)],
    ["half of it", good.subarray(0, good.length / 2)],
    ["all but the last byte", good.subarray(0, -1)],
    ["half of a large one, still being written", larger.subarray(0, larger.length / 2), LARGER],
    ["another file of that length", compress(TEXT.map((byte) => byte ^ 1))],
    ["the first half of the file", compress(TEXT.subarray(0, HALF))],
    ["more than the file", compress(Buffer.concat([TEXT, TEXT]))],
    ["a last byte that differs", compress(LARGER.with(-1, 99)), LARGER],
    [
      "two files in one",
      Buffer.concat([compress(TEXT.subarray(0, HALF)), compress(TEXT.subarray(HALF))]),
    ],
    ["nothing, and then the file", Buffer.concat([compress(NOTHING), good])],
    ["the file, and then nothing", Buffer.concat([good, compress(NOTHING)])],
    ["the file twice", Buffer.concat([good, good])],
    ["a zero at the end", Buffer.concat([good, Buffer.alloc(1)])],
    ["512 zeros at the end", Buffer.concat([good, Buffer.alloc(512)])],
    ["text at the end", Buffer.concat([good, Buffer.from("and garbage")])],
    ["a part's worth of zeros at the end", Buffer.concat([larger, Buffer.alloc(MIB)]), LARGER],
    ["a byte before it", Buffer.concat([Buffer.alloc(1), good])],
  ];

  // A row without a file would get a callback of Bun's in its place.
  test.each(refused.map(([what, sibling, file = TEXT]) => [what, sibling, file] as const))(
    "refuses %s",
    async (_, sibling, file) => {
      expect(await verdictOf(coding, sibling, file)).toBe(false);
    },
  );

  test("reads no terabyte of zeros after the end", async () => {
    writeFileSync(tree.at("file"), TEXT);
    writeFileSync(tree.at("sibling"), good);
    truncateSync(tree.at("sibling"), 2 ** 40);
    expect(await check(coding)).toBe(false);
  });

  test("has no answer where a file is in another state than it was found in", async () => {
    expect(await verdictOf(coding, good)).toBe(true);
    for (const name of ["file", "sibling"]) {
      const question = { file: foundIn(root, "file"), sibling: foundIn(root, "sibling"), coding };
      writeFileSync(tree.at(name), name === "file" ? TEXT : good);
      truncateSync(tree.at(name), 5);
      expect(await checkSibling(root, question, unstopped)).toBeUndefined();
      writeFileSync(tree.at(name), name === "file" ? TEXT : good);
    }
  });

  test("has no answer where a file changes meanwhile", async () => {
    for (const name of ["file", "sibling"]) {
      writeFileSync(tree.at("file"), LARGER);
      writeFileSync(tree.at("sibling"), larger);
      const answer = check(coding);
      writeFileSync(tree.at(name), "changed");
      expect(await answer).toBeUndefined();
    }
  });

  test("stops when told to, and leaves no file open", async () => {
    expect(await verdictOf(coding, larger, LARGER)).toBe(true);
    const before = openFiles();
    const controller = new AbortController();
    const answer = check(coding, controller.signal);
    expect(openFiles()).toBe(before + 2);
    controller.abort();
    await expect(answer).rejects.toThrow("abort");
    expect(openFiles()).toBe(before);
  });
});

describe("A4 checkSibling() of gzip", () => {
  test.each<[what: string, sibling: Uint8Array]>([
    ["a wrong CRC", member(TEXT, { crc: 1 })],
    ["a wrong length", member(TEXT, { bytes: TEXT.length + 1 })],
    [
      "a header and a trailer alone",
      Buffer.concat([gzipSync(TEXT).subarray(0, 10), gzipSync(TEXT).subarray(-8)]),
    ],
    ["a trailer alone", gzipSync(TEXT).subarray(-8)],
    ["two trailers", Buffer.concat([gzipSync(TEXT), gzipSync(TEXT).subarray(-8)])],
    ["the deflate stream without its member", deflateRawSync(TEXT)],
  ])("refuses %s", async (_, sibling) => {
    expect(await verdictOf("gzip", sibling)).toBe(false);
  });

  test("accepts a name in the header", async () => {
    expect(await verdictOf("gzip", member(TEXT, { name: "file.txt" }))).toBe(true);
  });
});

describe("A4 checkSibling() of zstd", () => {
  const good = zstdCompressSync(TEXT);
  const checksummed = zstdCompressSync(TEXT, { params: { [ZSTD_c_checksumFlag]: 1 } });

  test("accepts a frame that is not compressed", async () => {
    expect(await verdictOf("zstd", rawZstd(TEXT, 0, 0x38))).toBe(true);
  });

  test("accepts a checksum, which the zstd program makes", async () => {
    expect(await verdictOf("zstd", checksummed)).toBe(true);
  });

  test.each([
    [
      "two frames",
      Buffer.concat([
        zstdCompressSync(TEXT.subarray(0, HALF)),
        zstdCompressSync(TEXT.subarray(HALF)),
      ]),
    ],
    ["a checksum that is cut off", checksummed.subarray(0, -4)],
    ["half a checksum", checksummed.subarray(0, -2)],
    ["a wrong checksum", checksummed.with(-1, checksummed.at(-1) === 0 ? 1 : 0)],
    ["a skippable frame first", Buffer.concat([SKIPPABLE, good])],
    ["a skippable frame last", Buffer.concat([good, SKIPPABLE])],
    ["a skippable frame alone", SKIPPABLE],
    ["a dictionary", rawZstd(TEXT, 1, 0x38, 7)],
  ])("refuses %s", async (_, sibling) => {
    expect(await verdictOf("zstd", sibling)).toBe(false);
  });

  test.each([
    [10, true],
    [23, true],
    [24, false],
    [27, false],
  ])("of a window of 2 ** %d bytes is %p (RFC 9659)", async (windowLog, isGood) => {
    expect(await verdictOf("zstd", await streamedZstd(LARGER, windowLog), LARGER)).toBe(isGood);
  });

  test("ends a bomb where it differs", async () => {
    expect(await verdictOf("zstd", bomb(), Buffer.alloc(2 * MIB))).toBe(false);
  });
});

test("A4 checkSibling() of br refuses a large window", async () => {
  const params = { [BROTLI_PARAM_LARGE_WINDOW]: 1, [BROTLI_PARAM_LGWIN]: 26 };
  expect(await verdictOf("br", brotliCompressSync(LARGER, { params }), LARGER)).toBe(false);
});

test("A4 checkSibling() throws what the file system throws", async () => {
  using entries = makeTree({ file: TEXT, good: COMPRESS.br(TEXT), "directory/": "" });
  const its = DocumentRoot.open(entries.path, { hidden: false });
  for (const [file, sibling] of [
    ["file", "directory"],
    ["directory", "good"],
  ] as const) {
    const question = { file: foundIn(its, file), sibling: foundIn(its, sibling) };
    const answer = checkSibling(its, { ...question, coding: "br" }, unstopped);
    await expect(answer).rejects.toThrow("EISDIR");
  }
});

test("A4 checkSibling() opens nothing outside of the root", async () => {
  using outside = makeTree({ file: TEXT, sibling: gzipSync(TEXT) });
  using inside = makeTree({ file: TEXT, "file.gz": { link: outside.at("sibling") } });
  const narrow = DocumentRoot.open(inside.path, { hidden: false });
  const [file, sibling] = [foundIn(narrow, "file"), foundIn(narrow, "file.gz")];
  expect(await checkSibling(narrow, { file, sibling, coding: "gzip" }, unstopped)).toBeUndefined();
});
