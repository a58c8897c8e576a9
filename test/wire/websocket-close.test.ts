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
import { exchange } from "../helpers/raw-http.ts";
import {
  formatClose,
  formatFrame,
  formatHandshake,
  OPCODE,
  RawWebSocket,
} from "../helpers/raw-websocket.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const { server } = useTestServer();

const PROTOCOL_ERROR = close(1002);
const DONE = close(1000);

const closeFrame = (code: number, reason?: string) =>
  formatFrame(OPCODE.close, formatClose(code, reason));

/** The payload of the one frame that comes back for the one that is sent. */
async function answerToClose(frame: Uint8Array): Promise<Buffer | undefined> {
  const { raw, isClean } = await converse(server.port, { segments: [frame] });
  expect(raw.map(({ opcode }) => opcode)).toEqual([OPCODE.close]);
  expect(isClean).toBe(true);
  return raw[0]?.payload;
}

describe("a Close that is malformed (RFC 6455 §5.5.1)", () => {
  const MALFORMED: readonly Row[] = [
    ["of one byte", [formatFrame(OPCODE.close, Buffer.from([3]))], [PROTOCOL_ERROR]],
    ["of one byte, 0", [formatFrame(OPCODE.close, Buffer.from([0]))], [PROTOCOL_ERROR]],
    ["with a reason of 124 bytes", [closeFrame(1000, "x".repeat(124))], [PROTOCOL_ERROR]],
    ["with a reason of 65,534 bytes", [closeFrame(1000, "x".repeat(65534))], [PROTOCOL_ERROR]],
    ["not final", [formatFrame(OPCODE.close, "", { final: false })], [PROTOCOL_ERROR]],
    [
      "of one byte behind an echo",
      [formatFrame(OPCODE.text, "a"), formatFrame(OPCODE.close, Buffer.from([3]))],
      [text("a"), PROTOCOL_ERROR],
    ],
    [
      "of one byte within a message",
      [formatFrame(OPCODE.text, "a", { final: false }), formatFrame(OPCODE.close, "x")],
      [PROTOCOL_ERROR],
    ],
  ];

  test.each(MALFORMED)("%s is refused", async (_rule, sent, answer) => {
    expect(await answerTo(server.port, sent)).toEqual([...answer]);
  });

  // §7.4.2 leaves 0–999 unused and 1016–2999 to the protocol and its extensions, none of which
  // uses one; 1004 has no meaning, and 1005, 1006 and 1015 are never to be sent (§7.4.1).
  test.each([
    0, 1, 3, 255, 256, 500, 998, 999, 1004, 1005, 1006, 1015, 1016, 1017, 1100, 1999, 2000, 2500,
    2998, 2999, 5000, 5001, 9999, 32767, 32768, 65534, 65535,
  ])("with the code %i is refused (§7.4)", async (code) => {
    expect(await answerTo(server.port, [closeFrame(code)])).toEqual([PROTOCOL_ERROR]);
    expect(await answerTo(server.port, [closeFrame(code, "why")])).toEqual([PROTOCOL_ERROR]);
  });
});

describe("a Close that is well-formed (RFC 6455 §5.5.1)", () => {
  // 1012 to 1014 came after the RFC, into IANA's registry (§11.7).
  test.each([
    1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3998, 3999,
    4000, 4001, 4998, 4999,
  ])("with the code %i is answered with it (§7.4)", async (code) => {
    expect(await answerToClose(closeFrame(code))).toEqual(formatClose(code));
    expect(await answerToClose(closeFrame(code, "why"))).toEqual(formatClose(code, "why"));
  });

  test("without a payload is answered without one", async () => {
    expect(await answerToClose(formatFrame(OPCODE.close))).toEqual(Buffer.alloc(0));
  });

  test.each([
    ["of 123 bytes, the longest", "x".repeat(123)],
    ["of 123 bytes in 41 characters", "水".repeat(41)],
    ["beyond ASCII", "ß水🍉"],
    ["with a byte order mark", "\ufeffwhy"],
    ["with NUL and line ends", "\0\r\n"],
    ["of one character", "x"],
  ])("with a reason %s is answered with it", async (_rule, reason) => {
    expect(await answerToClose(closeFrame(1000, reason))).toEqual(formatClose(1000, reason));
  });
});

describe("behind a Close (RFC 6455 §5.5.1, §7.1)", () => {
  const IGNORED: readonly (readonly [what: string, late: readonly Uint8Array[]])[] = [
    ["a text", [formatFrame(OPCODE.text, "late")]],
    ["a ping", [formatFrame(OPCODE.ping, "late")]],
    ["another Close", [closeFrame(1001)]],
    ["a Close that is malformed", [formatFrame(OPCODE.close, "x")]],
    ["a frame without a mask", [formatFrame(OPCODE.text, "late", { masked: false })]],
    ["a reserved opcode", [formatFrame(15, "late", { reserved: 7 })]],
    ["half a frame", [formatFrame(OPCODE.text, "late").subarray(0, 4)]],
    ["what is no frame", [Buffer.from("GET / HTTP/1.1\r\n\r\n")]],
    ["100 KB of noughts", [Buffer.alloc(100_000)]],
  ];

  test.each(IGNORED)("%s in the same segment is ignored (§1.4)", async (_what, late) => {
    const segments = [Buffer.concat([formatFrame(OPCODE.text, "a"), GOODBYE, ...late])];
    const { frames, isClean } = await converse(server.port, { segments });
    expect(frames).toEqual([text("a"), DONE]);
    expect(isClean).toBe(true);
  });

  test.each(IGNORED)("%s in the next segment is ignored", async (_what, late) => {
    const { frames } = await converse(server.port, { segments: [GOODBYE, ...late] });
    expect(frames).toEqual([DONE]);
  });

  test("the echoes under way come first, and then the answer", async () => {
    const payloads = Array.from({ length: 100 }, (_, index) => Buffer.alloc(10_000, index));
    const sent = payloads.map((payload) => formatFrame(OPCODE.binary, payload));
    expect(await answerTo(server.port, sent)).toEqual([...payloads.map(binary), DONE]);
  });

  test("the server ends the connection without being told to (§7.1.1)", async () => {
    // The client of `converse` leaves its half open; that it hears the end is what is tested.
    const { frames, isClean } = await converse(server.port, { segments: [GOODBYE] });
    expect(frames).toEqual([DONE]);
    expect(isClean).toBe(true);
  });
});

describe("a client that ends the connection without a Close (RFC 6455 §7.1.4)", () => {
  const LEFT: readonly Row[] = [
    ["at once", [], []],
    ["behind a message", [formatFrame(OPCODE.text, "a")], [text("a")]],
    ["behind a ping", [formatFrame(OPCODE.ping, "a")], [pong("a")]],
    ["in a head", [formatFrame(OPCODE.text, "a").subarray(0, 1)], []],
    ["in a key", [formatFrame(OPCODE.text, "a").subarray(0, 4)], []],
    [
      "in a payload",
      [formatFrame(OPCODE.text, "a"), formatFrame(OPCODE.text, "bc").subarray(0, 7)],
      [text("a")],
    ],
    ["in a message", [formatFrame(OPCODE.text, "a", { final: false })], []],
    ["behind a Close", [GOODBYE], [DONE]],
  ];

  test.each(LEFT)("%s gets what it is owed, and the end", async (_rule, sent, answer) => {
    const segments = [Buffer.concat(sent)];
    const { frames, isClean } = await converse(server.port, { segments, endsFirst: true });
    expect(frames).toEqual([...answer]);
    expect(isClean).toBe(true);
  });

  // A connection that was not let go would keep the one place there is, and this would not end.
  test.each(LEFT)("with a reset, %s, makes room for another", async (_rule, sent) => {
    await using small = startTestServer({ maxConnections: 1 });
    const socket = await RawWebSocket.open(small.port);
    for (const bytes of sent) socket.write(bytes);
    socket.reset();
    // The server has to come round to seeing the reset.
    let status: number | undefined = 503;
    while (status === 503) {
      status = (await exchange(small.port, formatHandshake())).responses[0]?.status;
    }
    expect(status).toBe(101);
    expect(small.errors).toEqual([]);
  });
});

test("nothing was logged", () => {
  expect(server.errors).toEqual([]);
});
