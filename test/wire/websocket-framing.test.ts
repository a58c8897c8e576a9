import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  answerTo,
  binary,
  close,
  converse,
  GOODBYE,
  pong,
  text,
  type Row,
} from "../helpers/conversation.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { formatClose, formatFrame, OPCODE, type FrameOptions } from "../helpers/raw-websocket.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const { server } = useTestServer();

const PROTOCOL_ERROR = close(1002);
const TOO_BIG = close(1009);
const DONE = close(1000);

const frame = formatFrame;
const part = (opcode: number, payload: string | Uint8Array = "", options: FrameOptions = {}) =>
  formatFrame(opcode, payload, { ...options, final: false });
const more = (payload: string | Uint8Array = "") => part(OPCODE.continuation, payload);
const last = (payload: string | Uint8Array = "") => frame(OPCODE.continuation, payload);

/** A frame that says its length in 16 or 64 bits whether it has to or not, with a key of zeros. */
function frameWithLength(opcode: number, lengthHex: string, payload = ""): Buffer {
  const short = lengthHex.length === 4 ? 126 : 127;
  const head = Buffer.from([0x80 | opcode, 0x80 | short]);
  return Buffer.concat([
    head,
    Buffer.from(lengthHex, "hex"),
    Buffer.alloc(4),
    Buffer.from(payload),
  ]);
}

async function check(sent: readonly Uint8Array[], answer: readonly string[]): Promise<void> {
  expect(await answerTo(server.port, sent)).toEqual([...answer]);
}

describe("masks (RFC 6455 §5.1, §5.3)", () => {
  const UNMASKED: readonly Row[] = [
    ["a text", [frame(OPCODE.text, "hi", { masked: false })], [PROTOCOL_ERROR]],
    ["an empty text", [frame(OPCODE.text, "", { masked: false })], [PROTOCOL_ERROR]],
    [
      "a long binary",
      [frame(OPCODE.binary, Buffer.alloc(70_000), { masked: false })],
      [PROTOCOL_ERROR],
    ],
    ["a ping", [frame(OPCODE.ping, "hi", { masked: false })], [PROTOCOL_ERROR]],
    ["a pong", [frame(OPCODE.pong, "hi", { masked: false })], [PROTOCOL_ERROR]],
    ["a Close", [frame(OPCODE.close, formatClose(1000), { masked: false })], [PROTOCOL_ERROR]],
    [
      "the last fragment",
      [part(OPCODE.text, "a"), frame(OPCODE.continuation, "b", { masked: false })],
      [PROTOCOL_ERROR],
    ],
    [
      "a frame behind a good one",
      [frame(OPCODE.text, "good"), frame(OPCODE.text, "bad", { masked: false })],
      [text("good"), PROTOCOL_ERROR],
    ],
  ];

  test.each(UNMASKED)("%s without a mask is refused", async (_rule, sent, answer) =>
    check(sent, answer),
  );

  test.each([
    ["zeros", [0, 0, 0, 0]],
    ["ones", [0xff, 0xff, 0xff, 0xff]],
    ["four different bytes", [0x37, 0xfa, 0x21, 0x3d]],
    ["the payload itself, which is zeros on the wire", [0x48, 0x65, 0x6c, 0x6c]],
    ["what looks like a frame", [0x81, 0x80, 0x88, 0x80]],
  ])("a key of %s is taken off", async (_rule, key) => {
    const payloads = ["", "H", "He", "Hel", "Hell", "Hello", "Hello, Hello, Hello"];
    const sent = payloads.map((payload) => frame(OPCODE.text, payload, { key: Buffer.from(key) }));
    await check(sent, [...payloads.map(text), DONE]);
  });

  test("each frame of a message has a key of its own", async () => {
    const [first, second] = [part(OPCODE.text, "Hel"), last("lo")];
    await check([first, second], [text("Hello"), DONE]);
  });
});

describe("lengths (RFC 6455 §5.2)", () => {
  const BEYOND: readonly Row[] = [
    // The RFC forbids the top bit; every such length is beyond the limit too, and 1009 says so.
    ["the top bit of 64", [frameWithLength(OPCODE.binary, "8000000000000005", "hello")], [TOO_BIG]],
    ["all 64 bits", [frameWithLength(OPCODE.binary, "ffffffffffffffff", "hello")], [TOO_BIG]],
    ["2⁶³ − 1", [frameWithLength(OPCODE.binary, "7fffffffffffffff", "hello")], [TOO_BIG]],
    // 32 bits of it alone would be a good length.
    ["2³² + 5", [frameWithLength(OPCODE.binary, "0000000100000005", "hello")], [TOO_BIG]],
  ];

  test.each(BEYOND)("a length of %s is refused", async (_rule, sent, answer) =>
    check(sent, answer),
  );

  // The RFC forbids them to the sender and asks nothing of the receiver. Bun 1.4.5 reads them.
  const NOT_MINIMAL: readonly Row[] = [
    ["0 in 16 bits", [frameWithLength(OPCODE.text, "0000")], [text(), DONE]],
    ["5 in 16 bits", [frameWithLength(OPCODE.text, "0005", "hello")], [text("hello"), DONE]],
    [
      "125 in 16 bits",
      [frameWithLength(OPCODE.text, "007d", "x".repeat(125))],
      [text("x".repeat(125)), DONE],
    ],
    ["0 in 64 bits", [frameWithLength(OPCODE.text, "0000000000000000")], [text(), DONE]],
    [
      "5 in 64 bits",
      [frameWithLength(OPCODE.text, "0000000000000005", "hello")],
      [text("hello"), DONE],
    ],
    [
      "65,535 in 64 bits",
      [frameWithLength(OPCODE.text, "000000000000ffff", "x".repeat(65535))],
      [text("x".repeat(65535)), DONE],
    ],
  ];

  test.each(NOT_MINIMAL)(
    "%s is read, and goes back in the shortest form",
    async (_rule, sent, answer) => check(sent, answer),
  );

  test.each([0, 1, 2, 3, 4, 5, 124, 125, 126, 127, 128, 254, 255, 256, 65534, 65535, 65536, 65537])(
    "%i bytes go back in the shortest form, text and binary (§5.6)",
    async (length) => {
      const letters = "x".repeat(length);
      const bytes = Buffer.alloc(length).map((_, index) => index & 0xff);
      const sent = [frame(OPCODE.text, letters), frame(OPCODE.binary, bytes)];
      await check(sent, [text(letters), binary(bytes), DONE]);
    },
  );

  test("every byte there is goes back in a binary message (§5.6)", async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await check([frame(OPCODE.binary, bytes)], [binary(bytes), DONE]);
  });

  test("a binary message of text stays binary, also when empty (§5.6)", async () => {
    const sent = [frame(OPCODE.binary, "hi"), frame(OPCODE.binary), frame(OPCODE.text)];
    await check(sent, [binary("hi"), binary(), text(), DONE]);
  });
});

describe("reserved bits (RFC 6455 §5.2)", () => {
  const SENDERS = [
    ["a text", (reserved: number) => [frame(OPCODE.text, "a", { reserved })]],
    ["a binary", (reserved: number) => [frame(OPCODE.binary, "a", { reserved })]],
    ["an empty text", (reserved: number) => [frame(OPCODE.text, "", { reserved })]],
    ["a first fragment", (reserved: number) => [part(OPCODE.text, "a", { reserved }), last("b")]],
    [
      "a last fragment",
      (reserved: number) => [part(OPCODE.text, "a"), frame(OPCODE.continuation, "b", { reserved })],
    ],
    ["a Close", (reserved: number) => [frame(OPCODE.close, formatClose(1000), { reserved })]],
    ["a ping", (reserved: number) => [frame(OPCODE.ping, "a", { reserved })]],
    ["a pong", (reserved: number) => [frame(OPCODE.pong, "a", { reserved })]],
    ["a frame of no known kind", (reserved: number) => [frame(3, "a", { reserved })]],
  ] as const;

  describe.each([1, 2, 3, 4, 5, 6, 7])("%i, which nobody negotiated,", (reserved) => {
    test.each(SENDERS)("on %s is refused", async (_rule, send) =>
      check(send(reserved), [PROTOCOL_ERROR]),
    );
  });
});

describe.each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])("opcode %i (RFC 6455 §5.2)", (opcode) => {
  const RESERVED: readonly Row[] = [
    ["with a payload", [frame(opcode, "a")], [PROTOCOL_ERROR]],
    ["without one", [frame(opcode)], [PROTOCOL_ERROR]],
    ["that is not final", [part(opcode, "a")], [PROTOCOL_ERROR]],
    ["within a message", [part(OPCODE.text, "a"), frame(opcode, "b")], [PROTOCOL_ERROR]],
    ["behind an echo", [frame(OPCODE.text, "a"), frame(opcode, "b")], [text("a"), PROTOCOL_ERROR]],
  ];

  test.each(RESERVED)("%s is refused", async (_rule, sent, answer) => check(sent, answer));
});

describe("control frames (RFC 6455 §5.5)", () => {
  const MALFORMED: readonly Row[] = [
    ["a ping of 126 bytes", [frame(OPCODE.ping, Buffer.alloc(126))], [PROTOCOL_ERROR]],
    ["a ping of 65,536 bytes", [frame(OPCODE.ping, Buffer.alloc(65536))], [PROTOCOL_ERROR]],
    ["a pong of 126 bytes", [frame(OPCODE.pong, Buffer.alloc(126))], [PROTOCOL_ERROR]],
    [
      "a Close of 126 bytes",
      [frame(OPCODE.close, formatClose(1000, "x".repeat(124)))],
      [PROTOCOL_ERROR],
    ],
    // "All control frames MUST have a payload length of 125 bytes or less": its 7 bits say 126.
    ["a ping of 5 in 16 bits", [frameWithLength(OPCODE.ping, "0005", "hello")], [PROTOCOL_ERROR]],
    [
      "a ping of 5 in 64 bits",
      [frameWithLength(OPCODE.ping, "0000000000000005", "hello")],
      [PROTOCOL_ERROR],
    ],
    ["a ping that is not final", [part(OPCODE.ping, "a"), last("b")], [PROTOCOL_ERROR]],
    ["a pong that is not final", [part(OPCODE.pong, "a"), last("b")], [PROTOCOL_ERROR]],
    ["a Close that is not final", [part(OPCODE.close, formatClose(1000))], [PROTOCOL_ERROR]],
    [
      "a ping that is not final, within a message",
      [part(OPCODE.text, "a"), part(OPCODE.ping, "b"), last("c")],
      [PROTOCOL_ERROR],
    ],
    [
      "a ping too long behind a good one",
      [frame(OPCODE.ping, "good"), frame(OPCODE.ping, Buffer.alloc(126))],
      [pong("good"), PROTOCOL_ERROR],
    ],
  ];

  test.each(MALFORMED)("%s is refused", async (_rule, sent, answer) => check(sent, answer));

  test("pings of 0 to 125 bytes, any bytes, are answered in order with the same payload (§5.5.3)", async () => {
    const payloads = Array.from({ length: 126 }, (_, length) => Buffer.alloc(length, 255 - length));
    const sent = payloads.map((payload) => frame(OPCODE.ping, payload));
    await check(sent, [...payloads.map((payload) => pong(payload)), DONE]);
  });

  test("10,000 pings are answered, one each, in order (§5.5.3)", async () => {
    const numbers = Array.from({ length: 10_000 }, (_, index) => String(index));
    const sent = numbers.map((number) => frame(OPCODE.ping, number));
    await check(sent, [...numbers.map((number) => pong(number)), DONE]);
  });

  const GOOD: readonly Row[] = [
    ["an unsolicited pong is ignored (§5.5.3)", [frame(OPCODE.pong, "x")], [DONE]],
    ["an unsolicited empty pong is ignored", [frame(OPCODE.pong)], [DONE]],
    ["a pong of 125 bytes is ignored", [frame(OPCODE.pong, Buffer.alloc(125))], [DONE]],
    [
      "a pong within a message is ignored (§5.4)",
      [part(OPCODE.text, "a"), frame(OPCODE.pong, "x"), last("b")],
      [text("ab"), DONE],
    ],
    [
      "a ping within a message is answered before it (§5.4, §5.5.2)",
      [part(OPCODE.text, "a"), frame(OPCODE.ping, "p"), last("b")],
      [pong("p"), text("ab"), DONE],
    ],
    [
      "pings around each fragment are answered before the message",
      [
        frame(OPCODE.ping, "1"),
        part(OPCODE.binary, "a"),
        frame(OPCODE.ping, "2"),
        more("b"),
        frame(OPCODE.ping, "3"),
        frame(OPCODE.pong, "no ping"),
        last("c"),
        frame(OPCODE.ping, "4"),
      ],
      [pong("1"), pong("2"), pong("3"), binary("abc"), pong("4"), DONE],
    ],
    [
      "a ping's payload is no text: it need not be UTF-8",
      [frame(OPCODE.ping, Buffer.from([0xff, 0xc0, 0x00]))],
      [pong(Buffer.from([0xff, 0xc0, 0x00])), DONE],
    ],
    ["a Close ends a message that is not finished", [part(OPCODE.text, "a")], [DONE]],
  ];

  test.each(GOOD)("%s", async (_rule, sent, answer) => check(sent, answer));
});

describe("fragments (RFC 6455 §5.4)", () => {
  const MALFORMED: readonly Row[] = [
    ["a continuation of nothing", [last("a")], [PROTOCOL_ERROR]],
    ["a continuation of nothing, not final", [more("a"), last("b")], [PROTOCOL_ERROR]],
    ["an empty continuation of nothing", [last()], [PROTOCOL_ERROR]],
    [
      "a continuation behind a whole message",
      [frame(OPCODE.text, "a"), last("b")],
      [text("a"), PROTOCOL_ERROR],
    ],
    [
      "a continuation behind the last fragment",
      [part(OPCODE.text, "a"), last("b"), last("c")],
      [text("ab"), PROTOCOL_ERROR],
    ],
    [
      "a text within a text",
      [part(OPCODE.text, "a"), frame(OPCODE.text, "b"), last("c")],
      [PROTOCOL_ERROR],
    ],
    [
      "a binary within a text",
      [part(OPCODE.text, "a"), frame(OPCODE.binary, "b"), last("c")],
      [PROTOCOL_ERROR],
    ],
    [
      "the start of a text within a binary",
      [part(OPCODE.binary, "a"), part(OPCODE.text, "b"), last("c")],
      [PROTOCOL_ERROR],
    ],
    [
      "an empty text within an empty start",
      [part(OPCODE.text), frame(OPCODE.text)],
      [PROTOCOL_ERROR],
    ],
    [
      "a text within a message, behind a ping",
      [part(OPCODE.text, "a"), frame(OPCODE.ping, "p"), frame(OPCODE.text, "b")],
      [pong("p"), PROTOCOL_ERROR],
    ],
  ];

  test.each(MALFORMED)("%s is refused", async (_rule, sent, answer) => check(sent, answer));

  const thousand = Array.from({ length: 1000 }, (_, index) => `${index},`);
  const GOOD: readonly Row[] = [
    ["two of text", [part(OPCODE.text, "Hel"), last("lo")], [text("Hello"), DONE]],
    ["two of binary", [part(OPCODE.binary, "\0\x01"), last("\x02")], [binary("\0\x01\x02"), DONE]],
    ["an empty last", [part(OPCODE.text, "a"), last()], [text("a"), DONE]],
    ["an empty first", [part(OPCODE.text), last("a")], [text("a"), DONE]],
    ["empty ones between", [part(OPCODE.text, "a"), more(), more(), last("b")], [text("ab"), DONE]],
    ["nothing but empty ones", [part(OPCODE.text), more(), last()], [text(), DONE]],
    ["nothing but empty binary ones", [part(OPCODE.binary), more(), last()], [binary(), DONE]],
    [
      "one message behind another",
      [part(OPCODE.text, "a"), last("b"), part(OPCODE.binary, "c"), last("d"), frame(OPCODE.text)],
      [text("ab"), binary("cd"), text(), DONE],
    ],
    [
      "1,000 of some bytes",
      [part(OPCODE.text, "start "), ...thousand.map((piece) => more(piece)), last("end")],
      [text(`start ${thousand.join("")}end`), DONE],
    ],
    [
      "10,000 of one byte",
      [part(OPCODE.binary), ...Array.from({ length: 10_000 }, () => more("x")), last()],
      [binary("x".repeat(10_000)), DONE],
    ],
    [
      "large ones of every form of length",
      [
        part(OPCODE.binary, Buffer.alloc(125, 1)),
        more(Buffer.alloc(126, 2)),
        more(Buffer.alloc(65535, 3)),
        last(Buffer.alloc(65536, 4)),
      ],
      [
        binary(
          Buffer.concat([
            Buffer.alloc(125, 1),
            Buffer.alloc(126, 2),
            Buffer.alloc(65535, 3),
            Buffer.alloc(65536, 4),
          ]),
        ),
        DONE,
      ],
    ],
  ];

  test.each(GOOD)("%s are joined", async (_rule, sent, answer) => check(sent, answer));
});

describe("TCP segments are no frames (RFC 6455 §5.2)", () => {
  const SENT = [
    frame(OPCODE.text, "Hello"),
    frame(OPCODE.ping, "p"),
    part(OPCODE.binary, Buffer.alloc(126, 1)),
    frame(OPCODE.ping),
    last(Buffer.from([2])),
    frame(OPCODE.text),
    frameWithLength(OPCODE.text, "0000000000000003", "ß."),
    GOODBYE,
  ];
  const ANSWER = [
    text("Hello"),
    pong("p"),
    pong(),
    binary(Buffer.concat([Buffer.alloc(126, 1), Buffer.from([2])])),
    text(),
    text("ß."),
    DONE,
  ];
  const bytes = Buffer.concat(SENT);

  test.each([1, 2, 3, 5, 7, 64])("frames come in pieces of %i bytes", async (size) => {
    const segments = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
    expect((await converse(server.port, { segments })).frames).toEqual(ANSWER);
  });

  test("frames come cut in two at every place", async () => {
    for (let place = 1; place < bytes.length; place++) {
      const segments = [bytes.subarray(0, place), bytes.subarray(place)];
      expect((await converse(server.port, { segments })).frames).toEqual(ANSWER);
    }
  });

  test("one by one, and all at once", async () => {
    expect((await converse(server.port, { segments: SENT })).frames).toEqual(ANSWER);
    expect((await converse(server.port, { segments: [bytes] })).frames).toEqual(ANSWER);
  });
});

test("nothing was logged", () => {
  expect(server.errors).toEqual([]);
});
