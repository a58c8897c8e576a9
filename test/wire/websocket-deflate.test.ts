import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { constants, deflateRawSync, inflateRawSync, type ZlibOptions } from "node:zlib";
import {
  answerTo,
  binary,
  close,
  converse,
  describeFrame,
  GOODBYE,
  pong,
  text,
  type Row,
} from "../helpers/conversation.ts";
import { exchange, fieldValues } from "../helpers/raw-http.ts";
import {
  formatClose,
  formatFrame,
  formatHandshake,
  OPCODE,
  type Frame,
  type FrameOptions,
} from "../helpers/raw-websocket.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const { server } = useTestServer();

const PROTOCOL_ERROR = close(1002);
const INVALID = close(1007);
const TOO_BIG = close(1009);
const DONE = close(1000);

const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** The bit that marks a compressed message (RFC 7692 §6). */
const RSV1 = 4;

/** The end of every compressed message, which no frame contains (RFC 7692 §7.2.1). */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

/** Compresses a message as RFC 7692 §7.2.1 has it. */
function deflate(payload: string | Uint8Array, options: ZlibOptions = {}): Buffer {
  const finishFlush = constants.Z_SYNC_FLUSH;
  const bytes = deflateRawSync(Buffer.from(payload as Uint8Array), { finishFlush, ...options });
  return bytes.subarray(0, -TAIL.length);
}

/** The DEFLATE blocks of some bytes, the last of them with BFINAL set (RFC 7692 §7.2.3.4). */
const finalBlocks = (payload: string) => deflateRawSync(Buffer.from(payload));

/** RFC 7692 §7.2.2. */
function inflate(payload: Uint8Array): Buffer {
  return inflateRawSync(Buffer.concat([payload, TAIL]), { finishFlush: constants.Z_SYNC_FLUSH });
}

const frame = formatFrame;
const compressed = (opcode: number, payload: Uint8Array, options: FrameOptions = {}) =>
  formatFrame(opcode, payload, { ...options, reserved: RSV1 });

/** A compressed message in fragments: the first of them alone has RSV1 (RFC 7692 §6.1). */
function fragments(opcode: number, pieces: readonly Uint8Array[]): Buffer[] {
  return pieces.map((piece, index) =>
    formatFrame(index === 0 ? opcode : OPCODE.continuation, piece, {
      final: index === pieces.length - 1,
      reserved: index === 0 ? RSV1 : 0,
    }),
  );
}

const handshakeFor = (offers: string | undefined) =>
  formatHandshake("/websocket", { "Sec-WebSocket-Extensions": offers });

const OFFER = handshakeFor("permessage-deflate; client_max_window_bits");

/** Sends frames and a Close over a connection with permessage-deflate, and returns the answers. */
async function answerFrames(sent: readonly Uint8Array[]): Promise<readonly Frame[]> {
  const segments = [Buffer.concat([...sent, GOODBYE])];
  const { raw, isClean } = await converse(server.port, { handshake: OFFER, segments });
  expect(isClean).toBe(true);
  return raw;
}

/** The same in words, with compressed messages inflated, each by itself. */
async function check(sent: readonly Uint8Array[], answer: readonly string[]): Promise<void> {
  expect((await answerFrames(sent)).map(describeInflated)).toEqual([...answer]);
}

function describeInflated(answer: Frame): string {
  if (answer.reserved !== RSV1) return describeFrame(answer);
  return describeFrame({ ...answer, reserved: 0, payload: inflate(answer.payload) });
}

/** Both sides start anew with each message, so that an idle connection keeps no window. */
const ACCEPTED = "permessage-deflate; client_no_context_takeover; server_no_context_takeover";

describe("the negotiation (RFC 7692 §5, §7.1)", () => {
  async function extensionsFor(...offers: readonly string[]): Promise<readonly string[]> {
    const bytes = handshakeFor(undefined).replace(
      /\r\n$/,
      `${offers.map((offer) => `Sec-WebSocket-Extensions: ${offer}\r\n`).join("")}\r\n`,
    );
    const { responses } = await exchange(server.port, bytes);
    const [response] = responses;
    expect(response?.status).toBe(101);
    return response === undefined ? [] : fieldValues(response, "sec-websocket-extensions");
  }

  // An offer with a parameter that is unknown, twice there, or of a value that is none, is to be
  // declined (§7.1). A name is compared as it is: no RFC makes it insensitive to case.
  test.each([
    "permessage-bzip2",
    "x-webkit-deflate-frame",
    "PERMESSAGE-DEFLATE",
    "permessage-deflat",
    "permessage-deflate2",
    "xpermessage-deflate",
    "other; permessage-deflate",
    'other; x="permessage-deflate"',
    "permessage-deflate; unknown",
    "permessage-deflate; unknown=1",
    "permessage-deflate; Server_No_Context_Takeover",
    "permessage-deflate; server_no_context_takeover=1",
    "permessage-deflate; client_no_context_takeover=true",
    'permessage-deflate; client_no_context_takeover="1"',
    "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
    "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
    "permessage-deflate; client_max_window_bits; client_max_window_bits",
    "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
    "permessage-deflate; client_max_window_bits=10; client_max_window_bits=10",
    "permessage-deflate; server_max_window_bits=15; server_max_window_bits=15",
    "permessage-deflate; server_max_window_bits",
    ...["client", "server"].flatMap((side) =>
      ["0", "1", "7", "16", "-8", "+15", "08", "015", "0xf", "1e1", "15.0", "x", "99999999999"].map(
        (value) => `permessage-deflate; ${side}_max_window_bits=${value}`,
      ),
    ),
    "permessage-deflate; unknown, permessage-deflate; server_max_window_bits=7, other",
  ])("declines %p, which it has to", async (offer) => {
    expect(await extensionsFor(offer)).toEqual([]);
  });

  // §7.1.2.1: a server may decline what it does not support. The one compressor of all connections
  // has a window of 15 bits; one of its own for each would cost some 100 KB.
  test.each([
    ...[8, 9, 10, 11, 12, 13, 14].map(
      (bits) => `permessage-deflate; server_max_window_bits=${bits}`,
    ),
    'permessage-deflate; server_max_window_bits="10"',
    "permessage-deflate; server_max_window_bits=10; client_max_window_bits",
    "permessage-deflate; server_max_window_bits=8, permessage-deflate; server_max_window_bits=14",
  ])("declines %p, which needs a smaller window", async (offer) => {
    expect(await extensionsFor(offer)).toEqual([]);
  });

  test.each([
    ["nothing but the name", "permessage-deflate"],
    ["what browsers offer", "permessage-deflate; client_max_window_bits"],
    ...[8, 9, 10, 11, 12, 13, 14, 15].map(
      (bits) =>
        [
          `${bits} bits of the client`,
          `permessage-deflate; client_max_window_bits=${bits}`,
        ] as const,
    ),
    ["a value in quotes (RFC 6455 §9.1)", 'permessage-deflate; client_max_window_bits="10"'],
    ["no takeover by the server", "permessage-deflate; server_no_context_takeover"],
    ["no takeover by the client", "permessage-deflate; client_no_context_takeover"],
    [
      "no takeover by either",
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
    ],
    ["no space", "permessage-deflate;client_max_window_bits;client_no_context_takeover"],
    ["much space", "\tpermessage-deflate \t;\t client_max_window_bits \t"],
    ["empty elements", ", permessage-deflate,,"],
    ["it behind another", "other; a=1; b, permessage-deflate; client_max_window_bits"],
    ["it before another", "permessage-deflate, other"],
    ["it in quotes and then in earnest", 'other; x="y", permessage-deflate'],
    ["a bad offer before a good one", "permessage-deflate; unknown, permessage-deflate"],
    [
      "one that is not supported before a good one",
      "permessage-deflate; server_max_window_bits=10, permessage-deflate",
    ],
    [
      "a bad offer behind a good one",
      "permessage-deflate, permessage-deflate; server_max_window_bits=7",
    ],
  ])("accepts %s: %s", async (_rule, offer) => {
    expect(await extensionsFor(offer)).toEqual([ACCEPTED]);
  });

  test("accepts 15 bits of the server, and says so (§7.1.2.1)", async () => {
    const answer = [`${ACCEPTED}; server_max_window_bits=15`];
    expect(await extensionsFor("permessage-deflate; server_max_window_bits=15")).toEqual(answer);
    const second = "permessage-deflate; unknown, permessage-deflate; server_max_window_bits=15";
    expect(await extensionsFor(second)).toEqual(answer);
  });

  test("takes the first good offer of all fields, and answers once (RFC 6455 §9.1)", async () => {
    const [bad, limited] = [
      "permessage-deflate; unknown",
      "permessage-deflate; server_max_window_bits=15",
    ];
    expect(await extensionsFor("other", "permessage-deflate")).toEqual([ACCEPTED]);
    expect(await extensionsFor(bad, "permessage-deflate", limited)).toEqual([ACCEPTED]);
    expect(await extensionsFor("permessage-deflate", "permessage-deflate")).toEqual([ACCEPTED]);
  });

  test("is not begun by the server (RFC 6455 §9.1)", async () => {
    expect(await extensionsFor()).toEqual([]);
  });
});

describe("without permessage-deflate (RFC 7692 §6)", () => {
  const hello = deflate("Hello");

  test.each([
    ["no offer", undefined],
    ["an offer that was declined", "permessage-deflate; server_max_window_bits=7"],
  ])("RSV1 is refused, and nothing is compressed: %s", async (_rule, offer) => {
    const handshake = handshakeFor(offer);
    const long = "A".repeat(100_000);
    const sent = [frame(OPCODE.text, long), compressed(OPCODE.text, hello), GOODBYE];
    const { frames } = await converse(server.port, { handshake, segments: [Buffer.concat(sent)] });
    expect(frames).toEqual([text(long), PROTOCOL_ERROR]);
  });

  test("bytes that look compressed are bytes", async () => {
    expect(await answerTo(server.port, [frame(OPCODE.binary, hello)])).toEqual([
      binary(hello),
      DONE,
    ]);
  });
});

describe("reserved bits (RFC 7692 §6, §6.1)", () => {
  const hello = deflate("Hello");
  const [first, rest] = [hello.subarray(0, 3), hello.subarray(3)];
  const REFUSED: readonly Row[] = [
    ["RSV1 on a ping", [compressed(OPCODE.ping, hello)], [PROTOCOL_ERROR]],
    ["RSV1 on an empty ping", [compressed(OPCODE.ping, Buffer.alloc(0))], [PROTOCOL_ERROR]],
    ["RSV1 on a pong", [compressed(OPCODE.pong, hello)], [PROTOCOL_ERROR]],
    ["RSV1 on a Close", [compressed(OPCODE.close, formatClose(1000))], [PROTOCOL_ERROR]],
    [
      "RSV1 on the last fragment",
      [compressed(OPCODE.text, first, { final: false }), compressed(OPCODE.continuation, rest)],
      [PROTOCOL_ERROR],
    ],
    [
      "RSV1 on a fragment between",
      [
        compressed(OPCODE.text, first, { final: false }),
        compressed(OPCODE.continuation, rest, { final: false }),
      ],
      [PROTOCOL_ERROR],
    ],
    [
      "RSV1 on a fragment of a message that is not compressed",
      [frame(OPCODE.text, "a", { final: false }), compressed(OPCODE.continuation, hello)],
      [PROTOCOL_ERROR],
    ],
    [
      "RSV1 on a continuation of nothing",
      [compressed(OPCODE.continuation, hello)],
      [PROTOCOL_ERROR],
    ],
    [
      "RSV1 on a ping within a message",
      [
        compressed(OPCODE.text, first, { final: false }),
        compressed(OPCODE.ping, hello),
        frame(OPCODE.continuation, rest),
      ],
      [PROTOCOL_ERROR],
    ],
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): Row => [
      `RSV1 on opcode ${opcode}`,
      [compressed(opcode, hello)],
      [PROTOCOL_ERROR],
    ]),
    ...[1, 2, 3, 5, 6, 7].map((reserved): Row => [
      `the bits ${reserved.toString(2).padStart(3, "0")} on a text`,
      [frame(OPCODE.text, hello, { reserved })],
      [PROTOCOL_ERROR],
    ]),
    ["RSV2 on a ping", [frame(OPCODE.ping, "a", { reserved: 2 })], [PROTOCOL_ERROR]],
    [
      "a compressed text without a mask",
      [compressed(OPCODE.text, hello, { masked: false })],
      [PROTOCOL_ERROR],
    ],
    [
      "a compressed text within a compressed text",
      [compressed(OPCODE.text, first, { final: false }), compressed(OPCODE.text, rest)],
      [PROTOCOL_ERROR],
    ],
  ];

  test.each(REFUSED)("%s is refused", async (_rule, sent, answer) => check(sent, answer));
});

describe("what does not inflate is refused (RFC 7692 §7.2.2; the code 1007 is Bun's choice)", () => {
  const BROKEN: readonly (readonly [rule: string, payload: Uint8Array])[] = [
    ["the block type that is reserved (RFC 1951 §3.2.3)", bytesOf("07")],
    ["nothing but ones", Buffer.alloc(100, 0xff)],
    [
      "a stored block whose length and its complement differ (RFC 1951 §3.2.4)",
      bytesOf("000500000048656c6c6f00"),
    ],
    ["a stored block that is cut off", bytesOf("000500faff4865")],
    ["a distance to before the beginning (RFC 1951 §3.2.5)", bytesOf("f200110000")],
    ["codes of lengths that make no tree (RFC 1951 §3.2.7)", bytesOf("05ffffffffffffffffff")],
    ["text that nobody compressed", Buffer.from("Hello, this is no DEFLATE at all")],
    ["a window that was not to be taken over", takenOver("Hello Hello", "Hello Hello Hello Hello")],
  ];

  test.each(BROKEN)("%s", async (_rule, payload) => {
    for (const opcode of [OPCODE.text, OPCODE.binary]) {
      await check([compressed(opcode, payload)], [INVALID]);
      const behind = compressed(OPCODE.text, deflate("Hello Hello Hello Hello"));
      await check(
        [behind, compressed(opcode, payload)],
        [text("Hello Hello Hello Hello"), INVALID],
      );
    }
  });

  test.each(BROKEN)("%s, in fragments", async (_rule, payload) => {
    const pieces = [payload.subarray(0, 1), payload.subarray(1), Buffer.alloc(0)];
    await check(fragments(OPCODE.binary, pieces), [INVALID]);
  });

  function takenOver(payload: string, dictionary: string): Buffer {
    return deflate(payload, { dictionary: Buffer.from(dictionary) });
  }
});

describe("a compressed text that is not UTF-8 is refused (RFC 6455 §8.1)", () => {
  test.each(["ff", "c3", "ed a0 80", "c0 80", "f4 90 80 80"])("%s", async (hex) => {
    const payload = deflate(bytesOf(hex));
    await check([compressed(OPCODE.text, payload)], [INVALID]);
    await check([compressed(OPCODE.binary, payload)], [binary(bytesOf(hex)), DONE]);
  });
});

describe("a message that inflates to more than 16 MiB is refused (RFC 6455 §7.4.1)", () => {
  const oneMore = deflate(Buffer.alloc(MAX_MESSAGE_BYTES + 1));
  const bomb = deflate(Buffer.alloc(256 * 1024 * 1024), { level: 1 });
  const TOO_LARGE: readonly Row[] = [
    ["a byte more, from 16 KB", [compressed(OPCODE.binary, oneMore)], [TOO_BIG]],
    ["a byte more, text", [compressed(OPCODE.text, oneMore)], [TOO_BIG]],
    ["256 MiB from 1 MB", [compressed(OPCODE.binary, bomb)], [TOO_BIG]],
    [
      "in fragments, none of them large",
      fragments(OPCODE.binary, [oneMore.subarray(0, 100), oneMore.subarray(100)]),
      [TOO_BIG],
    ],
    [
      "behind a good one",
      [compressed(OPCODE.text, deflate("good")), compressed(OPCODE.binary, oneMore)],
      [text("good"), TOO_BIG],
    ],
  ];

  test.each(TOO_LARGE)("%s", async (_rule, sent, answer) => check(sent, answer));

  test("16 MiB come back, from 16 KB", async () => {
    const noughts = Buffer.alloc(MAX_MESSAGE_BYTES);
    await check([compressed(OPCODE.binary, deflate(noughts))], [binary(noughts), DONE]);
  });

  // Bun 1.4.5 limits both the bytes on the wire and the inflated ones. Incompressible data is a little
  // longer on the wire, so such a message has to stay some KB below the limit.
  test("16 MiB from more than that, in stored blocks, are refused too (Bun 1.4.5)", async () => {
    const payload = deflate(Buffer.alloc(MAX_MESSAGE_BYTES), { level: 0 });
    expect(payload.length).toBeGreaterThan(MAX_MESSAGE_BYTES);
    await check([compressed(OPCODE.binary, payload)], [TOO_BIG]);
  });

  test("nearly 16 MiB in stored blocks come back", async () => {
    const noughts = Buffer.alloc(MAX_MESSAGE_BYTES - 16 * 1024);
    const payload = deflate(noughts, { level: 0 });
    expect(payload.length).toBeGreaterThan(noughts.length);
    await check([compressed(OPCODE.binary, payload)], [binary(noughts), DONE]);
  });
});

describe("what RFC 7692 §7.2.3 has for examples", () => {
  const EXAMPLES: readonly Row[] = [
    [
      "one block (§7.2.3.1)",
      [compressed(OPCODE.text, bytesOf("f248cdc9c90700"))],
      [text("Hello"), DONE],
    ],
    [
      "one block in two fragments (§7.2.3.1)",
      fragments(OPCODE.text, [bytesOf("f248cd"), bytesOf("c9c90700")]),
      [text("Hello"), DONE],
    ],
    [
      "the same message again, without the window (§7.2.3.2)",
      [
        compressed(OPCODE.text, bytesOf("f248cdc9c90700")),
        compressed(OPCODE.text, bytesOf("f248cdc9c90700")),
      ],
      [text("Hello"), text("Hello"), DONE],
    ],
    [
      "a block without compression (§7.2.3.3)",
      [compressed(OPCODE.text, bytesOf("000500faff48656c6c6f00"))],
      [text("Hello"), DONE],
    ],
    [
      "a block with BFINAL set (§7.2.3.4)",
      [compressed(OPCODE.text, bytesOf("f348cdc9c9070000"))],
      [text("Hello"), DONE],
    ],
    [
      "two blocks in one message (§7.2.3.5)",
      [compressed(OPCODE.text, bytesOf("f24805000000ffffcac9c90700"))],
      [text("Hello"), DONE],
    ],
    ["an empty message (§7.2.3.6)", [compressed(OPCODE.text, bytesOf("00"))], [text(), DONE]],
  ];

  test.each(EXAMPLES)("%s", async (_rule, sent, answer) => check(sent, answer));
});

describe("compressed messages come back as they were, in their type (RFC 7692 §6.2, §7.2)", () => {
  const words = "Hello, Hello! ß水🍉 ".repeat(500);
  const WRITERS: readonly (readonly [rule: string, options: ZlibOptions])[] = [
    ...[0, 1, 6, 9].map((level) => [`level ${level}`, { level }] as const),
    ...[8, 9, 10, 12, 15].map(
      (windowBits) => [`${windowBits} bits of window`, { windowBits }] as const,
    ),
    ["fixed codes", { strategy: constants.Z_FIXED }],
    ["codes alone", { strategy: constants.Z_HUFFMAN_ONLY }],
    ["runs alone", { strategy: constants.Z_RLE }],
    ["a flush that forgets the window", { finishFlush: constants.Z_FULL_FLUSH }],
    ["the least memory, so many blocks", { memLevel: 1 }],
  ];

  test.each(WRITERS)("from a compressor with %s", async (_rule, options) => {
    const payload = deflate(words, options);
    const sent = [compressed(OPCODE.text, payload), compressed(OPCODE.binary, payload)];
    await check(sent, [text(words), binary(words), DONE]);
  });

  const small = deflate("ab".repeat(40));
  const GOOD: readonly Row[] = [
    [
      "in a fragment a byte",
      fragments(
        OPCODE.text,
        Array.from(small, (byte) => Buffer.from([byte])),
      ),
      [text("ab".repeat(40)), DONE],
    ],
    [
      "with empty fragments",
      fragments(OPCODE.text, [Buffer.alloc(0), small, Buffer.alloc(0), Buffer.alloc(0)]),
      [text("ab".repeat(40)), DONE],
    ],
    [
      "with a ping between fragments, which is never compressed",
      fragments(OPCODE.text, [small.subarray(0, 4), small.subarray(4)]).toSpliced(
        1,
        0,
        frame(OPCODE.ping, "p".repeat(125)),
      ),
      [pong("p".repeat(125)), text("ab".repeat(40)), DONE],
    ],
    [
      "in turn with messages that are not compressed (§6.1)",
      [
        frame(OPCODE.text, "plain"),
        compressed(OPCODE.text, deflate("squeezed")),
        frame(OPCODE.binary, words),
        compressed(OPCODE.binary, deflate(words)),
        ...fragments(OPCODE.binary, [small]),
        frame(OPCODE.text, "a", { final: false }),
        frame(OPCODE.continuation, "b"),
      ],
      [
        text("plain"),
        text("squeezed"),
        binary(words),
        binary(words),
        binary("ab".repeat(40)),
        text("ab"),
        DONE,
      ],
    ],
    ["empty, in no byte at all", [compressed(OPCODE.text, Buffer.alloc(0))], [text(), DONE]],
    ["empty binary", [compressed(OPCODE.binary, bytesOf("00"))], [binary(), DONE]],
    ["empty in a fixed block", [compressed(OPCODE.text, bytesOf("0200"))], [text(), DONE]],
    ["empty with BFINAL set", [compressed(OPCODE.text, bytesOf("030000"))], [text(), DONE]],
    ["empty in fragments", fragments(OPCODE.text, [bytesOf("00"), bytesOf("")]), [text(), DONE]],
    [
      "empty and not compressed",
      [frame(OPCODE.text), frame(OPCODE.binary)],
      [text(), binary(), DONE],
    ],
    [
      "with the tail that ought to have been taken off",
      [compressed(OPCODE.text, Buffer.concat([deflate("Hello"), TAIL]))],
      [text("Hello"), DONE],
    ],
    [
      "with BFINAL set and nothing behind it",
      [compressed(OPCODE.text, finalBlocks("Hello"))],
      [text("Hello"), DONE],
    ],
    [
      "with BFINAL set in the last of several blocks",
      [
        compressed(
          OPCODE.text,
          Buffer.concat([deflate("Hel"), TAIL, finalBlocks("lo"), Buffer.from([0])]),
        ),
      ],
      [text("Hello"), DONE],
    ],
  ];

  test.each(GOOD)("%s", async (_rule, sent, answer) => check(sent, answer));

  test("cut in two fragments at every place", async () => {
    const payload = deflate("Hello, ß水🍉!");
    const sent = Array.from({ length: payload.length + 1 }, (_, place) =>
      fragments(OPCODE.text, [payload.subarray(0, place), payload.subarray(place)]),
    ).flat();
    const echoes = Array.from({ length: payload.length + 1 }, () => text("Hello, ß水🍉!"));
    await check(sent, [...echoes, DONE]);
  });

  test("of every length up to 300, of bytes without a pattern and of one letter", async () => {
    const random = Buffer.from(
      Array.from({ length: 300 }, (_, index) => (index * index * 167) >> 3),
    );
    const payloads = Array.from({ length: 300 }, (_, length) => [
      random.subarray(0, length),
      Buffer.alloc(length, "A"),
    ]).flat();
    const sent = payloads.map((payload) => compressed(OPCODE.binary, deflate(payload)));
    await check(sent, [...payloads.map((payload) => binary(payload)), DONE]);
  });

  test("1,000 of them on one connection, each by itself", async () => {
    const texts = Array.from({ length: 1000 }, (_, index) => `message ${index} `.repeat(10));
    const sent = texts.map((payload) => compressed(OPCODE.text, deflate(payload)));
    await check(sent, [...texts.map((payload) => text(payload)), DONE]);
  });
});

// RFC 7692 §7.2.1 lets a message have several blocks with BFINAL set, each at the border of a byte.
// Bun 1.4.5 stops at the first, and hands over what came before it as the message: what follows is
// lost without a word. No compressor in use writes such messages.
describe("what follows a block with BFINAL set is lost (Bun 1.4.5)", () => {
  test.each([
    [
      "another such block",
      Buffer.concat([finalBlocks("Hel"), finalBlocks("lo"), Buffer.from([0])]),
    ],
    ["a block without it", Buffer.concat([finalBlocks("Hel"), deflate("lo")])],
    ["what is no block", Buffer.concat([finalBlocks("Hel"), bytesOf("ffffff")])],
  ])("%s", async (_rule, payload) => {
    await check([compressed(OPCODE.text, payload)], [text("Hel"), DONE]);
  });
});

// RFC 7692 does not say what a message is that ends within a block: zlib takes what there is, the
// tail included, for as much as it stands for, and so does Bun 1.4.5.
test("a message that ends within a block is what zlib makes of it (Bun 1.4.5)", async () => {
  const payload = bytesOf("f248cd");
  await check([compressed(OPCODE.binary, payload)], [binary(inflate(payload)), DONE]);
});

describe("the server compresses (RFC 7692 §7.2.1)", () => {
  test("a message that was compressed and is worth it", async () => {
    const letters = "A".repeat(10_000);
    const [echo] = await answerFrames([compressed(OPCODE.text, deflate(letters))]);
    expect(echo?.reserved).toBe(RSV1);
    expect(echo?.payload.length).toBeLessThan(100);
  });

  test("without the tail, and without a window from the message before (§7.1.1.1)", async () => {
    const letters = "The quick brown fox jumps over the lazy dog. ".repeat(20);
    const sent = Array.from({ length: 20 }, () => compressed(OPCODE.text, deflate(letters)));
    const echoes = (await answerFrames(sent)).slice(0, -1);
    expect(echoes.length).toBe(20);
    for (const { reserved, payload } of echoes) {
      expect(reserved).toBe(RSV1);
      expect(payload.subarray(-TAIL.length).equals(TAIL)).toBe(false);
      expect(payload.equals(echoes[0]?.payload ?? Buffer.alloc(0))).toBe(true);
    }
  });

  test("nothing into something larger, if it is small", async () => {
    const payloads = Array.from({ length: 128 }, (_, length) =>
      Buffer.from(Array.from({ length }, (_each, index) => (index * 167 + 13) & 0xff)),
    );
    const sent = payloads.map((payload) => compressed(OPCODE.binary, deflate(payload)));
    const echoes = (await answerFrames(sent)).slice(0, -1);
    const grown = echoes.filter(({ payload }, index) => payload.length > index);
    expect(echoes.length).toBe(payloads.length);
    expect(grown).toEqual([]);
  });

  test("no pong and no Close", async () => {
    const letters = "A".repeat(123);
    const sent = [frame(OPCODE.ping, letters), frame(OPCODE.close, formatClose(1000, letters))];
    const answer = await answerFrames(sent);
    expect(answer.map(({ opcode, reserved }) => [opcode, reserved])).toEqual([
      [OPCODE.pong, 0],
      [OPCODE.close, 0],
    ]);
    expect(answer.map(({ payload }) => payload)).toEqual([
      Buffer.from(letters),
      formatClose(1000, letters),
    ]);
  });
});

test("connections do not mix, though they share a compressor", async () => {
  const talk = async (index: number) => {
    const payloads = Array.from({ length: 20 }, (_, turn) => `${index}/${turn} `.repeat(200));
    const sent = payloads.map((payload) => compressed(OPCODE.text, deflate(payload)));
    // A segment a message, so that the messages of all come in turn.
    const segments = [...sent, GOODBYE];
    const { raw } = await converse(server.port, { handshake: OFFER, segments });
    expect(raw.map(describeInflated)).toEqual([...payloads.map((payload) => text(payload)), DONE]);
  };
  await Promise.all(Array.from({ length: 20 }, (_, index) => talk(index)));
});

test("nothing was logged", () => {
  expect(server.errors).toEqual([]);
});
