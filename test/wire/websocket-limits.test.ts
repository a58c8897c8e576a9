import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { answerTo, binary, close, pong, text, type Row } from "../helpers/conversation.ts";
import { formatFrame, OPCODE } from "../helpers/raw-websocket.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const { server } = useTestServer();

const LIMIT = 16 * 1024 * 1024;
const TOO_BIG = close(1009);
const DONE = close(1000);

/** The head of a frame, with a key of zeros, of which the payload may never come. */
function headOf(opcode: number, bytes: number, final = true): Buffer {
  const head = Buffer.alloc(14);
  head[0] = (final ? 0x80 : 0) | opcode;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(bytes), 2);
  return head;
}

const letters = Buffer.alloc(LIMIT, "a");
const ONE_MORE = formatFrame(OPCODE.continuation, "b");

describe("a message of more than 16 MiB (RFC 6455 §7.4.1)", () => {
  const TOO_LARGE: readonly Row[] = [
    ["a byte more, text", [headOf(OPCODE.text, LIMIT + 1)], [TOO_BIG]],
    ["a byte more, binary", [headOf(OPCODE.binary, LIMIT + 1)], [TOO_BIG]],
    ["4 GiB", [headOf(OPCODE.binary, 2 ** 32)], [TOO_BIG]],
    [
      "the largest number that is one in JavaScript",
      [headOf(2, Number.MAX_SAFE_INTEGER)],
      [TOO_BIG],
    ],
    ["a first fragment", [headOf(OPCODE.binary, LIMIT + 1, false)], [TOO_BIG]],
    [
      "a later fragment",
      [formatFrame(OPCODE.text, "", { final: false }), headOf(OPCODE.continuation, LIMIT + 1)],
      [TOO_BIG],
    ],
    [
      "a byte more behind a good one and a ping",
      [formatFrame(OPCODE.text, "a"), formatFrame(OPCODE.ping), headOf(OPCODE.text, LIMIT + 1)],
      [text("a"), pong(), TOO_BIG],
    ],
  ];

  test.each(TOO_LARGE)("%s is refused by its head alone", async (_rule, sent, answer) => {
    expect(await answerTo(server.port, sent)).toEqual([...answer]);
  });

  test.each([
    ["one byte", [headOf(OPCODE.binary, LIMIT, false), letters, ONE_MORE]],
    [
      "one byte in a fragment that is not the last",
      [
        headOf(OPCODE.binary, LIMIT, false),
        letters,
        formatFrame(OPCODE.continuation, "b", { final: false }),
      ],
    ],
    [
      "halves",
      [
        headOf(OPCODE.text, LIMIT / 2, false),
        letters.subarray(0, LIMIT / 2),
        headOf(OPCODE.continuation, LIMIT / 2, false),
        letters.subarray(0, LIMIT / 2),
        ONE_MORE,
      ],
    ],
  ])("fragments that add up to it, by %s, are refused", async (_rule, sent) => {
    expect(await answerTo(server.port, sent)).toEqual([TOO_BIG]);
  });
});

describe("a message of 16 MiB comes back", () => {
  const LARGE: readonly Row[] = [
    ["binary", [headOf(OPCODE.binary, LIMIT), letters], [binary(letters), DONE]],
    ["text", [headOf(OPCODE.text, LIMIT), letters], [text(letters), DONE]],
    [
      "in halves",
      [
        headOf(OPCODE.binary, LIMIT / 2, false),
        letters.subarray(0, LIMIT / 2),
        headOf(OPCODE.continuation, LIMIT / 2),
        letters.subarray(0, LIMIT / 2),
      ],
      [binary(letters), DONE],
    ],
    [
      "with an empty end",
      [headOf(OPCODE.binary, LIMIT, false), letters, formatFrame(OPCODE.continuation)],
      [binary(letters), DONE],
    ],
    [
      "twice: the limit is of a message and not of a connection",
      [headOf(OPCODE.binary, LIMIT), letters, headOf(OPCODE.text, LIMIT), letters],
      [binary(letters), text(letters), DONE],
    ],
  ];

  test.each(LARGE)("%s", async (_rule, sent, answer) => {
    expect(await answerTo(server.port, sent)).toEqual([...answer]);
  });
});

test("nothing was logged", () => {
  expect(server.errors).toEqual([]);
});
