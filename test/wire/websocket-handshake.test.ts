import { createHash } from "node:crypto";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { close, converse, GOODBYE, pong, text } from "../helpers/conversation.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import {
  exchange,
  field,
  fieldValues,
  formatRequest,
  type RawResponse,
} from "../helpers/raw-http.ts";
import { formatFrame, formatHandshake, OPCODE } from "../helpers/raw-websocket.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const { server } = useTestServer();

/** The changes to the fields of RFC 6455 §1.3: left out, with another value, or sent twice. */
type Fields = Readonly<Record<string, string | readonly string[] | undefined>>;

const REQUEST_LINE = "GET /websocket HTTP/1.1";
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

function handshakeWith(fields: Fields, line = REQUEST_LINE): string {
  const absent = Object.fromEntries(Object.keys(fields).map((name) => [name, undefined]));
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    [value ?? []].flat().map((each) => `${name}: ${each}\r\n`),
  );
  return formatHandshake("/websocket", absent)
    .replace(REQUEST_LINE, line)
    .replace(/\r\n$/, `${lines.join("")}\r\n`);
}

async function shake(bytes: string, method = "GET"): Promise<RawResponse> {
  const { responses } = await exchange(server.port, bytes, [method]);
  const [response] = responses;
  if (response === undefined) throw new Error("no answer");
  return response;
}

const ADVICE = {
  method: "A WebSocket handshake is a GET request.",
  upgrade: "This is a WebSocket endpoint: connect with a WebSocket client.",
  connection: "The handshake lacks the field Connection: Upgrade.",
  version: "This server speaks only version 13 of the WebSocket protocol.",
  key: "The field Sec-WebSocket-Key has to be 16 bytes in base64.",
  extensions: "The field Sec-WebSocket-Extensions is not a list of extensions.",
  body: "A WebSocket handshake has no body.",
  origin: "Pages of this origin may not connect here.",
  host: "The address cannot be read. Check it for stray characters.",
} as const;

type Refusal = readonly [rule: string, status: number, advice: string, fields: Fields];

describe("a handshake that is refused, with the reason (RFC 6455 §4.2.1, §4.2.2)", () => {
  const REFUSED: readonly Refusal[] = [
    ["no Upgrade: a page somebody opened", 426, ADVICE.upgrade, { Upgrade: undefined }],
    ["an empty Upgrade", 426, ADVICE.upgrade, { Upgrade: "" }],
    ["another Upgrade", 426, ADVICE.upgrade, { Upgrade: "h2c" }],
    ["an Upgrade that begins like it", 426, ADVICE.upgrade, { Upgrade: "websocketx" }],
    ["an Upgrade that ends like it", 426, ADVICE.upgrade, { Upgrade: "xwebsocket" }],
    ["an Upgrade with a version", 426, ADVICE.upgrade, { Upgrade: "websocket/13" }],
    ["an Upgrade in quotes", 426, ADVICE.upgrade, { Upgrade: '"websocket"' }],
    ["an Upgrade without commas", 426, ADVICE.upgrade, { Upgrade: "h2c websocket" }],
    [
      "no Upgrade and no Connection",
      426,
      ADVICE.upgrade,
      { Upgrade: undefined, Connection: undefined },
    ],
    ["no Connection", 400, ADVICE.connection, { Connection: undefined }],
    ["an empty Connection", 400, ADVICE.connection, { Connection: "" }],
    ["a Connection without upgrade", 400, ADVICE.connection, { Connection: "keep-alive" }],
    ["a Connection that ends like it", 400, ADVICE.connection, { Connection: "xupgrade" }],
    ["a Connection that begins like it", 400, ADVICE.connection, { Connection: "upgrades" }],
    ["a Connection in quotes", 400, ADVICE.connection, { Connection: '"upgrade"' }],
    ["a Connection without commas", 400, ADVICE.connection, { Connection: "keep-alive upgrade" }],
    ["no version", 426, ADVICE.version, { "Sec-WebSocket-Version": undefined }],
    ["an empty version", 426, ADVICE.version, { "Sec-WebSocket-Version": "" }],
    ["version 0", 426, ADVICE.version, { "Sec-WebSocket-Version": "0" }],
    ["version 7", 426, ADVICE.version, { "Sec-WebSocket-Version": "7" }],
    ["version 8", 426, ADVICE.version, { "Sec-WebSocket-Version": "8" }],
    ["version 12", 426, ADVICE.version, { "Sec-WebSocket-Version": "12" }],
    ["version 14", 426, ADVICE.version, { "Sec-WebSocket-Version": "14" }],
    ["version 255", 426, ADVICE.version, { "Sec-WebSocket-Version": "255" }],
    [
      "version 013: no leading zeros (§4.1)",
      426,
      ADVICE.version,
      { "Sec-WebSocket-Version": "013" },
    ],
    ["version +13", 426, ADVICE.version, { "Sec-WebSocket-Version": "+13" }],
    ["version 13.0", 426, ADVICE.version, { "Sec-WebSocket-Version": "13.0" }],
    ["version 0x0d", 426, ADVICE.version, { "Sec-WebSocket-Version": "0x0d" }],
    [
      "a list of versions: it is the server's (§4.3)",
      426,
      ADVICE.version,
      { "Sec-WebSocket-Version": "13, 8" },
    ],
    ["two versions", 426, ADVICE.version, { "Sec-WebSocket-Version": ["13", "8"] }],
    ["13 twice (§11.3.5)", 426, ADVICE.version, { "Sec-WebSocket-Version": ["13", "13"] }],
    ["no key", 400, ADVICE.key, { "Sec-WebSocket-Key": undefined }],
    ["an empty key", 400, ADVICE.key, { "Sec-WebSocket-Key": "" }],
    ["a key of 15 bytes", 400, ADVICE.key, { "Sec-WebSocket-Key": "MTIzNDU2Nzg5MDEyMzQ1" }],
    ["a key of 17 bytes", 400, ADVICE.key, { "Sec-WebSocket-Key": "MTIzNDU2Nzg5MDEyMzQ1Njc=" }],
    [
      "a key of 16 bytes, hexadecimal",
      400,
      ADVICE.key,
      { "Sec-WebSocket-Key": "74686520736d706c65206e6f6e6365" },
    ],
    [
      "a key that is no base64",
      400,
      ADVICE.key,
      { "Sec-WebSocket-Key": "!!!!!!!!!!!!!!!!!!!!!!==" },
    ],
    [
      "a key in base64url (RFC 4648 §5)",
      400,
      ADVICE.key,
      { "Sec-WebSocket-Key": "-_hlIHNhbXBsZSBub25jZQ==" },
    ],
    [
      "a key without its padding",
      400,
      ADVICE.key,
      { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ" },
    ],
    [
      "a key with half its padding",
      400,
      ADVICE.key,
      { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=" },
    ],
    [
      "a key with bits behind its end (RFC 4648 §3.5)",
      400,
      ADVICE.key,
      { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZR==" },
    ],
    ["a key with a space", 400, ADVICE.key, { "Sec-WebSocket-Key": "dGhlIHNhbXBs ZSBub25jZQ==" }],
    [
      "a key with something behind it",
      400,
      ADVICE.key,
      { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==x" },
    ],
    ["a key twice (§11.3.1)", 400, ADVICE.key, { "Sec-WebSocket-Key": [KEY, KEY] }],
    ["two keys", 400, ADVICE.key, { "Sec-WebSocket-Key": [KEY, "AAAAAAAAAAAAAAAAAAAAAA=="] }],
    ["a body", 400, ADVICE.body, { "Content-Length": "5" }],
    ["a chunked body", 400, ADVICE.body, { "Transfer-Encoding": "chunked" }],
    ["a Host that is none", 400, ADVICE.host, { Host: "a b" }],
    ["a Host twice (RFC 9112 §3.2)", 400, ADVICE.host, { Host: ["localhost", "localhost"] }],
  ];

  test.each(REFUSED)("%s: %i", async (_rule, status, advice, fields) => {
    const response = await shake(handshakeWith(fields));
    expect(response.status).toBe(status);
    expect(response.body.toString()).toBe(`${status} ${response.reason}\n${advice}\n`);
    expect(field(response, "content-type")).toBe("text/plain; charset=utf-8");
    expect(field(response, "cache-control")).toBe("no-store");
    const upgrade = ["upgrade", "connection", "sec-websocket-version"];
    // RFC 9110 §15.5.22 and RFC 6455 §4.4: what to upgrade to, in every 426 and nowhere else.
    expect(upgrade.map((name) => field(response, name))).toEqual(
      status === 426 ? ["websocket", "Upgrade", "13"] : [undefined, undefined, undefined],
    );
    expect(fieldValues(response, "sec-websocket-accept")).toEqual([]);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"])(
    "%s: 405, with what is allowed (§4.2.1, RFC 9110 §15.5.6)",
    async (method) => {
      const bytes = handshakeWith({}, `${method} /websocket HTTP/1.1`);
      const response = await shake(bytes, method);
      expect(response.status).toBe(405);
      expect(field(response, "allow")).toBe("GET");
      const body = method === "HEAD" ? "" : `405 Method Not Allowed\n${ADVICE.method}\n`;
      expect(response.body.toString()).toBe(body);
    },
  );

  // The parameters of an extension that is known are looked at when it is negotiated, and make for
  // no more than an offer that is declined.
  test.each([
    "",
    ",",
    ";",
    "a;",
    "a;;b",
    "; a",
    "a; =1",
    "a; b=",
    "a; b==1",
    "a; b=1=2",
    "a; b = 1",
    'a; b="',
    'a; b=""',
    'a; b="1',
    'a; b="1 2"',
    'a; b="1, 2"',
    'a; b="1"2',
    "a b",
    "a; b c",
    "a=1",
    "a/1",
    "(a)",
    "caf\xe9",
    "a, b;",
    "permessage-deflate; client_max_window_bits=",
  ])("extensions that are no list, %p: 400 (§9.1)", async (value) => {
    const response = await shake(handshakeWith({ "Sec-WebSocket-Extensions": value }));
    expect(response.status).toBe(400);
    expect(response.body.toString()).toBe(`400 Bad Request\n${ADVICE.extensions}\n`);
  });

  test.each([
    "a",
    "a, b",
    ",a,, b,",
    "a;b;c=1, d ; e=f",
    "\ta\t;\tb\t,\tc\t",
    'a; b="1"',
    'a; b="\\1\\2"',
    "x-!#$%&'*+-.^_`|~; 0=1",
    "a; b; b",
  ])("extensions that are a list of unknown ones, %p, are passed over (§9.1)", async (value) => {
    const response = await shake(handshakeWith({ "Sec-WebSocket-Extensions": value }));
    expect(response.status).toBe(101);
    expect(fieldValues(response, "sec-websocket-extensions")).toEqual([]);
  });

  // As long as a head may be; an expression that tries every way to read them would never end.
  test.each([
    ["spaces", `a${" ".repeat(12_000)}b`, 400],
    ["semicolons", "a;".repeat(6000), 400],
    ["commas", `${"a ,".repeat(4000)}"`, 400],
    ["letters", `${"a".repeat(12_000)}"`, 400],
    ["quotes", `a;${'b="1";'.repeat(2000)}`, 400],
    ["a good list", `${"a; b=1, ".repeat(1500)}c`, 101],
  ])("extensions with thousands of %s", async (_what, value, status) => {
    const response = await shake(handshakeWith({ "Sec-WebSocket-Extensions": value }));
    expect(response.status).toBe(status);
  });

  test("an Origin outside of --allow-origin: 403 (§4.2.2, §10.2)", async () => {
    await using strict = startTestServer({ allowOrigins: ["https://app.example"] });
    const bytes = handshakeWith({ Origin: "https://elsewhere.example" });
    const [response] = (await exchange(strict.port, bytes)).responses;
    expect(response?.status).toBe(403);
    expect(response?.body.toString()).toBe(`403 Forbidden\n${ADVICE.origin}\n`);
    expect(response && fieldValues(response, "upgrade")).toEqual([]);
  });

  // Bun's parser answers these by itself, without a body, and closes the connection.
  test.each([
    ["no Host (RFC 9112 §3.2)", handshakeWith({ Host: undefined }), 400],
    ["HTTP/2.0 (RFC 9110 §15.6.6)", handshakeWith({}, "GET /websocket HTTP/2.0"), 505],
    ["HTTP/0.9", handshakeWith({}, "GET /websocket HTTP/0.9"), 505],
    ["no version of HTTP", handshakeWith({}, "GET /websocket"), 505],
    [
      "the URI that the client was given (§3)",
      handshakeWith({}, "GET ws://localhost/websocket HTTP/1.1"),
      400,
    ],
    ["a field folded onto a second line", handshakeWith({ Upgrade: "\r\n\twebsocket" }), 400],
    ["a space before a colon", handshakeWith({ Upgrade: undefined, "Upgrade ": "websocket" }), 400],
    ["a bare CR", handshakeWith({ Upgrade: "websocket\r" }), 400],
    ["NUL in a field", handshakeWith({ Upgrade: "websocket\0" }), 400],
  ])("%s: refused by the parser", async (_rule, bytes, status) => {
    const { responses, closed } = await exchange(server.port, bytes, ["GET", "GET"]);
    expect(responses.map((response) => response.status)).toEqual([status]);
    expect(closed).toBe(true);
  });

  test("leaves the connection open for another try (RFC 9112 §9.3)", async () => {
    const bytes = `${handshakeWith({ "Sec-WebSocket-Key": "" })}${handshakeWith({})}`;
    const { responses } = await exchange(server.port, bytes, ["GET", "GET"]);
    expect(responses.map((response) => response.status)).toEqual([400, 101]);
  });
});

describe("a handshake that is accepted (RFC 6455 §4.2.2)", () => {
  test("is answered as the example of the specification (§1.3)", async () => {
    const response = await shake(formatHandshake());
    expect([response.status, response.reason]).toEqual([101, "Switching Protocols"]);
    expect(field(response, "upgrade")).toBe("websocket");
    expect(field(response, "connection")).toBe("Upgrade");
    expect(field(response, "sec-websocket-accept")).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    expect(field(response, "date")).toBeDefined();
    // RFC 9110 §8.6: a 101 has no Content-Length; what was not asked for is not answered.
    const absent = ["protocol", "extensions", "version"].map((name) => `sec-websocket-${name}`);
    for (const name of [...absent, "content-length", "transfer-encoding", "content-type"]) {
      expect(fieldValues(response, name)).toEqual([]);
    }
  });

  test.each([
    "AAAAAAAAAAAAAAAAAAAAAA==",
    "/////////////////////w==",
    "x3JJHMbDL1EzLkh9GBhXDw==",
    "++++++++++++++++++++++==".replace(/\+==$/, "g=="),
    "0123456789abcdefghijkA==",
  ])("the key %s is answered with its hash (§4.2.2)", async (key) => {
    const response = await shake(formatHandshake("/websocket", { "Sec-WebSocket-Key": key }));
    const hash = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
    expect(field(response, "sec-websocket-accept")).toBe(hash.digest("base64"));
  });

  test.each<readonly [rule: string, fields: Fields]>([
    ["Connection as browsers send it", { Connection: "keep-alive, Upgrade" }],
    ["Connection with close", { Connection: "close, Upgrade" }],
    ["Connection with empty elements and tabs", { Connection: ",,\t upgrade\t ," }],
    ["Connection twice", { Connection: ["keep-alive", "Upgrade"] }],
    ["tokens in lower case", { Upgrade: "websocket", Connection: "upgrade" }],
    ["tokens in upper case", { Upgrade: "WEBSOCKET", Connection: "UPGRADE" }],
    ["tokens in mixed case", { Upgrade: "WebSocket", Connection: "uPgRaDe" }],
    ["Upgrade in a list", { Upgrade: "h2c, websocket" }],
    ["Upgrade twice", { Upgrade: ["h2c", "websocket"] }],
    [
      "space around the version and the key",
      { "Sec-WebSocket-Version": " \t13 \t", "Sec-WebSocket-Key": "  dGhlIHNhbXBsZSBub25jZQ==\t" },
    ],
    ["Content-Length: 0", { "Content-Length": "0" }],
    ["any Origin, as none is named by --allow-origin", { Origin: "https://elsewhere.example" }],
    ["the Origin of a file", { Origin: "null" }],
    ["no Origin: no browser", { Origin: undefined }],
    [
      "fields that mean nothing here",
      { Cookie: "a=b", "X-Forwarded-For": "192.0.2.1", Pragma: "no-cache" },
    ],
    ["an extension that nobody knows (§9.1)", { "Sec-WebSocket-Extensions": "x-unknown; a=1" }],
  ])("%s", async (_rule, fields) => {
    const response = await shake(handshakeWith(fields));
    expect(response.status).toBe(101);
    expect(field(response, "sec-websocket-accept")).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    expect(fieldValues(response, "sec-websocket-extensions")).toEqual([]);
  });

  test.each([
    [
      "names of fields in any case",
      (bytes: string) => bytes.replace(/^[\w-]+:/gm, (name) => name.toLowerCase()),
    ],
    ["no space behind the colons", (bytes: string) => bytes.replaceAll(": ", ":")],
    [
      "the absolute form (RFC 9112 §3.2.2)",
      (bytes: string) => bytes.replace("/websocket", "http://localhost/websocket"),
    ],
    ["a query", (bytes: string) => bytes.replace("/websocket", "/websocket?a=b&c")],
  ])("%s", async (_rule, change) => {
    expect((await shake(change(formatHandshake()))).status).toBe(101);
  });

  test.each(["/Websocket", "/websocket.", "/websocket//", "/rest"])(
    "none at %s: 404",
    async (target) => {
      expect((await shake(formatHandshake(target))).status).toBe(404);
    },
  );

  // RFC 9110 §7.8: Upgrade in HTTP/1.0 is to be ignored. Bun 1.4.5 does not tell the version.
  test("HTTP/1.0 is accepted in spite of the RFC (Bun 1.4.5)", async () => {
    const bytes = handshakeWith({}, "GET /websocket HTTP/1.0");
    expect((await shake(bytes)).status).toBe(101);
  });
});

describe("the subprotocol (RFC 6455 §4.2.2)", () => {
  test.each<readonly [offered: string, chosen: string | undefined]>([
    ["", undefined],
    [",", undefined],
    [" , ,", undefined],
    ["a b", undefined],
    ["(x)", undefined],
    ['"chat"', undefined],
    ["chat;x", undefined],
    ["caf\xe9", undefined],
    ["a=b, chat", "chat"],
    ["not a token, chat", "chat"],
    [" , chat", "chat"],
    ["chat", "chat"],
    ["CHAT", "CHAT"],
    ["chat, superchat", "chat"],
    ["superchat,chat", "superchat"],
    ["chat, chat", "chat"],
    ["\t chat \t", "chat"],
    ["v1.chat_x-y!#$%&'*+^`|~", "v1.chat_x-y!#$%&'*+^`|~"],
    ["x".repeat(1000), "x".repeat(1000)],
  ])("of the offer %p is %p", async (offered, chosen) => {
    const response = await shake(handshakeWith({ "Sec-WebSocket-Protocol": offered }));
    expect(response.status).toBe(101);
    expect(field(response, "sec-websocket-protocol")).toBe(chosen);
  });

  test("is the first of all fields (§11.3.4)", async () => {
    const response = await shake(handshakeWith({ "Sec-WebSocket-Protocol": ["second", "first"] }));
    expect(field(response, "sec-websocket-protocol")).toBe("second");
  });

  test("changes nothing else: the echo is the same", async () => {
    const handshake = handshakeWith({ "Sec-WebSocket-Protocol": "chat" });
    const segments = [formatFrame(OPCODE.text, "hi"), GOODBYE];
    const { frames } = await converse(server.port, { handshake, segments });
    expect(frames).toEqual([text("hi"), close(1000)]);
  });
});

describe("what comes with the handshake", () => {
  test("frames in the same segment are read, though the client ought to wait (RFC 6455 §4.1)", async () => {
    const frames = [formatFrame(OPCODE.text, "hi"), formatFrame(OPCODE.ping, "p"), GOODBYE];
    const segments = [Buffer.concat(frames)];
    const conversation = await converse(server.port, { segments, isImpatient: true });
    expect(conversation.head).toStartWith("HTTP/1.1 101 ");
    expect(conversation.frames).toEqual([text("hi"), pong("p"), close(1000)]);
    expect(conversation.isClean).toBe(true);
  });

  test("a frame of which a part is in the same segment is read, cut at every place", async () => {
    const bytes = Buffer.concat([formatFrame(OPCODE.text, "Hello"), GOODBYE]);
    for (let place = 0; place <= bytes.length; place++) {
      const segments = [bytes.subarray(0, place), bytes.subarray(place)];
      const { frames } = await converse(server.port, { segments, isImpatient: true });
      expect(frames).toEqual([text("Hello"), close(1000)]);
    }
  });

  // The connection speaks WebSocket from the 101 on: an "H" is no frame, and never a request.
  test("a request behind it is no request any more (RFC 9110 §7.8)", async () => {
    const segments = [Buffer.from(formatRequest("GET", "/rest"))];
    const { frames, isClean } = await converse(server.port, { segments, isImpatient: true });
    expect(frames).toEqual([close(1002)]);
    expect(isClean).toBe(true);
  });

  test("a request before it is answered before it", async () => {
    const bytes = `${formatRequest("GET", "/rest")}${formatHandshake()}`;
    const { responses } = await exchange(server.port, bytes, ["GET", "GET"]);
    expect(responses.map((response) => response.status)).toEqual([200, 101]);
  });

  test("the head may come byte by byte", async () => {
    const segments = Array.from(Buffer.from(formatHandshake()), (byte) => Buffer.from([byte]));
    const { head, frames } = await converse(server.port, {
      handshake: "",
      segments: [...segments, GOODBYE],
      isImpatient: true,
    });
    expect(head).toStartWith("HTTP/1.1 101 ");
    expect(frames).toEqual([close(1000)]);
  });

  test("100 connections at once are all answered", async () => {
    const talks = Array.from({ length: 100 }, (_, index) =>
      converse(server.port, { segments: [formatFrame(OPCODE.text, String(index)), GOODBYE] }),
    );
    const frames = (await Promise.all(talks)).map((conversation) => conversation.frames);
    expect(frames).toEqual(talks.map((_, index) => [text(String(index)), close(1000)]));
  });
});

test("nothing was logged", () => {
  expect(server.errors).toEqual([]);
});
