import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { answerTo, binary, close, pong, text, type Row } from "../helpers/conversation.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { formatClose, formatFrame, OPCODE } from "../helpers/raw-websocket.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const { server } = useTestServer();

const INVALID = close(1007);
const DONE = close(1000);

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

async function check(sent: readonly Uint8Array[], answer: readonly string[]): Promise<void> {
  expect(await answerTo(server.port, sent)).toEqual([...answer]);
}

/** One frame for each piece, of one message. */
function fragments(opcode: number, pieces: readonly Uint8Array[]): Buffer[] {
  return pieces.map((piece, index) =>
    formatFrame(index === 0 ? opcode : OPCODE.continuation, piece, {
      final: index === pieces.length - 1,
    }),
  );
}

/** A fragment for each byte. */
const byteByByte = (bytes: Buffer) =>
  fragments(
    OPCODE.text,
    Array.from(bytes, (byte) => Buffer.from([byte])),
  );

/** RFC 3629 §3 and §4: what no text may hold, in hexadecimal digits. */
const MALFORMED: readonly (readonly [rule: string, hex: string])[] = [
  ["a continuation byte alone, the first", "80"],
  ["a continuation byte alone, the last", "bf"],
  ["continuation bytes alone", "80 bf 80 bf"],
  ["a continuation byte too many", "c3 9f 9f"],
  ["a sequence of 2 without its end", "c2"],
  ["a sequence of 3 without its last", "e0 a0"],
  ["a sequence of 3 with its lead alone", "e1"],
  ["a sequence of 4 without its last", "f0 90 80"],
  ["a sequence of 4 with two of four", "f1 80"],
  ["a sequence of 4 with its lead alone", "f4"],
  ["a sequence of 2 broken off by ASCII", "c2 41"],
  ["a sequence of 3 broken off by ASCII", "e1 80 41"],
  ["a sequence of 4 broken off by ASCII", "f1 80 80 41"],
  ["a sequence broken off by another", "e1 80 c3 9f"],
  ["U+0000 in 2 bytes, which is overlong", "c0 80"],
  ["U+002F in 2 bytes, which is overlong", "c0 af"],
  ["U+007F in 2 bytes, the longest overlong", "c1 bf"],
  ["U+0000 in 3 bytes, which is overlong", "e0 80 80"],
  ["U+002F in 3 bytes, which is overlong", "e0 80 af"],
  ["U+07FF in 3 bytes, the longest overlong", "e0 9f bf"],
  ["U+0000 in 4 bytes, which is overlong", "f0 80 80 80"],
  ["U+FFFF in 4 bytes, the longest overlong", "f0 8f bf bf"],
  ["U+0000 in 5 bytes", "f8 80 80 80 80"],
  ["U+0000 in 6 bytes", "fc 80 80 80 80 80"],
  ["U+D800, the first surrogate", "ed a0 80"],
  ["U+DBFF, the last high surrogate", "ed af bf"],
  ["U+DC00, the first low surrogate", "ed b0 80"],
  ["U+DFFF, the last surrogate", "ed bf bf"],
  ["U+10000 as a pair of surrogates (CESU-8)", "ed a0 80 ed b0 80"],
  ["U+110000, the first beyond Unicode", "f4 90 80 80"],
  ["U+13FFFF", "f4 bf bf bf"],
  ["U+140000", "f5 80 80 80"],
  ["U+1FFFFF, the last of 4 bytes", "f7 bf bf bf"],
  ["U+200000, the first of 5 bytes", "f8 88 80 80 80"],
  ["U+7FFFFFFF, the last of 6 bytes", "fd bf bf bf bf bf"],
  ...["c0", "c1", "f5", "f6", "f7", "f8", "f9", "fa", "fb", "fc", "fd", "fe", "ff"].map(
    (byte) => [`the byte ${byte}, which is in no text`, byte] as const,
  ),
];

describe("what is not UTF-8 (RFC 6455 §8.1, RFC 3629 §3)", () => {
  test.each(MALFORMED)("%s, %s, is refused in a text", async (_rule, hex) => {
    await check([formatFrame(OPCODE.text, bytesOf(hex))], [INVALID]);
  });

  // Where a validator works on 16 or 32 bytes at once, the places within are not alike.
  test.each(MALFORMED)("%s, %s, is refused between letters, at every place", async (_rule, hex) => {
    for (const before of [1, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64]) {
      const payload = Buffer.concat([
        Buffer.alloc(before, "a"),
        bytesOf(hex),
        Buffer.alloc(67, "z"),
      ]);
      await check([formatFrame(OPCODE.text, payload)], [INVALID]);
    }
  });

  test.each(MALFORMED)("%s, %s, is refused in fragments of a byte", async (_rule, hex) => {
    await check(byteByByte(Buffer.concat([Buffer.from("ok"), bytesOf(hex)])), [INVALID]);
  });

  test.each(MALFORMED)(
    "%s, %s, is refused in the reason of a Close (§5.5.1)",
    async (_rule, hex) => {
      const payload = Buffer.concat([formatClose(1000, "why "), bytesOf(hex)]);
      await check([formatFrame(OPCODE.close, payload)], [INVALID]);
    },
  );

  test.each(MALFORMED)("%s, %s, is as good as any other bytes in a binary", async (_rule, hex) => {
    await check([formatFrame(OPCODE.binary, bytesOf(hex))], [binary(bytesOf(hex)), DONE]);
  });

  const CUT: readonly Row[] = [
    [
      "a sequence cut off by the end of the message, and gone on with in the next",
      [formatFrame(OPCODE.text, bytesOf("c3")), formatFrame(OPCODE.text, bytesOf("9f"))],
      [INVALID],
    ],
    [
      "a sequence of which the rest is in no fragment",
      fragments(OPCODE.text, [bytesOf("f0 9f"), bytesOf(""), bytesOf("8d")]),
      [INVALID],
    ],
    [
      "a text that is not, behind one that is",
      [formatFrame(OPCODE.text, "good"), formatFrame(OPCODE.text, bytesOf("ff"))],
      [text("good"), INVALID],
    ],
    [
      "1 MiB of letters with a bad last byte",
      [formatFrame(OPCODE.text, largeWith(0xff))],
      [INVALID],
    ],
  ];

  test.each(CUT)("%s is refused", async (_rule, sent, answer) => check(sent, answer));
});

function largeWith(last: number): Buffer {
  const bytes = Buffer.alloc(1024 * 1024, "a");
  bytes[bytes.length - 1] = last;
  return bytes;
}

// The RFC lets an endpoint refuse a text as soon as a fragment cannot be the start of one, and does
// not say it has to. Bun 1.4.5 looks at a text when it is whole, and we are told of it only then.
describe("what is not UTF-8 in a text that is not finished is refused late (Bun 1.4.5)", () => {
  const [start, end] = [
    formatFrame(OPCODE.text, bytesOf("61 ff"), { final: false }),
    formatFrame(OPCODE.continuation, "z"),
  ];
  const ping = formatFrame(OPCODE.ping, "p");
  const LATE: readonly Row[] = [
    ["a ping behind it is answered", [start, ping, end], [pong("p"), INVALID]],
    ["a Close behind it is answered", [start], [DONE]],
    [
      "an error in the frames behind it is told instead",
      [start, ping, start],
      [pong("p"), close(1002)],
    ],
  ];

  test.each(LATE)("%s", async (_rule, sent, answer) => check(sent, answer));
});

/** Code points at every border of RFC 3629 §4, and those that programs like to swallow. */
const CODE_POINTS = [
  0x0000, 0x0001, 0x000a, 0x000d, 0x001b, 0x007f, 0x0080, 0x0085, 0x009f, 0x00a0, 0x00ad, 0x00ff,
  0x0100, 0x07ff, 0x0800, 0x0fff, 0x1000, 0x200b, 0x200d, 0x200e, 0x2028, 0x2029, 0x202e, 0xcfff,
  0xd000, 0xd7ff, 0xe000, 0xf8ff, 0xfdd0, 0xfdef, 0xfeff, 0xfffc, 0xfffd, 0xfffe, 0xffff, 0x10000,
  0x1ffff, 0x1f349, 0x3ffff, 0x40000, 0x7ffff, 0xfffff, 0x100000, 0x10fffe, 0x10ffff,
].map((codePoint) => [codePoint.toString(16).padStart(4, "0"), String.fromCodePoint(codePoint)]);

describe("what is UTF-8 comes back as it was (RFC 6455 §5.6, RFC 3629 §3)", () => {
  test.each(CODE_POINTS)("U+%s, alone and between letters", async (_name, character) => {
    const texts = [character, `${character}a`, `a${character}`, `a${character}b`.repeat(40)];
    const sent = texts.map((payload) => formatFrame(OPCODE.text, payload));
    await check(sent, [...texts.map(text), DONE]);
  });

  test.each(CODE_POINTS)("U+%s, in fragments of a byte", async (_name, character) => {
    await check(byteByByte(Buffer.from(`${character}a`)), [text(`${character}a`), DONE]);
  });

  test("every code point there is, in one text", async () => {
    const all = Array.from({ length: 0x110000 }, (_, codePoint) => codePoint)
      .filter((codePoint) => codePoint < 0xd800 || codePoint > 0xdfff)
      .map((codePoint) => String.fromCodePoint(codePoint))
      .join("");
    await check([formatFrame(OPCODE.text, all)], [text(all), DONE]);
  });

  const KEPT: readonly (readonly [rule: string, hex: string])[] = [
    ["a byte order mark before text", "ef bb bf 61"],
    ["nothing but a byte order mark", "ef bb bf"],
    ["two byte order marks", "ef bb bf ef bb bf"],
    ["a byte order mark at the end", "61 ef bb bf"],
    ["the byte order mark of UTF-16, as text", "ef bf be"],
    ["NUL before, in and behind text", "00 61 00 62 00"],
    ["CR, LF and CR LF", "0d 0a 0d 0d 0a 0a"],
    ["an accent that combines, which is not composed", "65 cc 81"],
    [
      "a flag, a family and a skin colour",
      "f09f87a9f09f87aa f09f91a8e2808df09f91a9 f09f918bf09f8fbd",
    ],
    ["the replacement character", "ef bf bd"],
  ];

  test.each(KEPT)("%s: %s", async (_rule, hex) => {
    await check([formatFrame(OPCODE.text, bytesOf(hex))], [text(bytesOf(hex)), DONE]);
  });

  test("a sequence cut by a fragment at each of its places, with a ping in the gap", async () => {
    const bytes = Buffer.from("ß水🍉");
    for (let place = 0; place <= bytes.length; place++) {
      const pieces = [bytes.subarray(0, place), bytes.subarray(place)];
      const [start = Buffer.alloc(0), end = Buffer.alloc(0)] = fragments(OPCODE.text, pieces);
      const sent = [start, formatFrame(OPCODE.ping, "p"), end];
      await check(sent, [pong("p"), text(bytes), DONE]);
    }
  });
});

test("nothing was logged", () => {
  expect(server.errors).toEqual([]);
});
