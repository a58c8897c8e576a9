import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Socket } from "node:net";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { field, formatRequest, request } from "../helpers/raw-http.ts";
import { connectTo } from "../helpers/transport.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const MEBIBYTE = 1024 * 1024;

/** Every four bytes tell their place. */
function numbered(bytes: number): Buffer {
  const content = Buffer.alloc(bytes);
  for (let index = 0; index < bytes; index += 4) content.writeUInt32BE(index, index);
  return content;
}

const CONTENTS = { "small.bin": numbered(10_000), "large.bin": numbered(5 * MEBIBYTE) } as const;

const { server } = useTestServer(CONTENTS);

interface Part {
  readonly type: string | undefined;
  readonly range: string | undefined;
  readonly content: string;
}

/** Takes a multipart body apart, by RFC 2046 §5.1.1, and throws at what is not of its form. */
function splitParts(contentType: string, body: Buffer): Part[] {
  const [, boundary] =
    /^multipart\/byteranges; boundary=([\w'()+,./:=?-]{1,70})$/.exec(contentType) ?? [];
  const text = body.toString("latin1");
  const pieces = text.split(`\r\n--${boundary}`);
  if (pieces[0] !== "" || pieces.at(-1) !== "--\r\n") throw new Error("no multipart body");
  return pieces.slice(1, -1).map((piece) => {
    const end = piece.indexOf("\r\n\r\n");
    const head = piece.slice(2, end);
    return {
      type: /^Content-Type: (.*)$/m.exec(head)?.[1]?.trim(),
      range: /^Content-Range: (.*)$/m.exec(head)?.[1]?.trim(),
      content: piece.slice(end + 4),
    };
  });
}

describe.each(Object.entries(CONTENTS))("%s", (name, content) => {
  const size = content.length;

  test.each([
    [
      "bytes=0-3,8-11",
      [
        [0, 3],
        [8, 11],
      ],
    ],
    [
      "bytes=0-0, 100-199 ,-1",
      [
        [0, 0],
        [100, 199],
        [size - 1, size - 1],
      ],
    ],
    [
      "bytes=0-9,5-14,100-109",
      [
        [0, 14],
        [100, 109],
      ],
    ],
    [
      `bytes=0-3,8-11,${size}-`,
      [
        [0, 3],
        [8, 11],
      ],
    ],
  ] as [string, [number, number][]][])(
    "Range: %s is multipart/byteranges (RFC 9110 §14.6)",
    async (range, wanted) => {
      const response = await request(server.port, "GET", `/${name}`, { Range: range });
      expect(response.status).toBe(206);
      expect(field(response, "content-length")).toBe(String(response.body.length));
      expect(field(response, "content-range")).toBeUndefined();
      const parts = splitParts(field(response, "content-type") ?? "", response.body);
      expect(parts).toEqual(
        wanted.map(([first, last]) => ({
          type: "application/octet-stream",
          range: `bytes ${first}-${last}/${size}`,
          content: content.toString("latin1", first, last + 1),
        })),
      );
    },
  );

  test.each([
    ["bytes=0-3,4-7", 206, "adjacent ones are one"],
    ["bytes=8-11,0-3", 200, "out of order"],
    ["bytes=0-3,9-8", 200, "one is reversed"],
    [
      `bytes=${Array.from({ length: 65 }, (_, index) => `${index * 8}-${index * 8}`).join()}`,
      200,
      "65 of them",
    ],
    [
      `bytes=${Array.from({ length: 64 }, (_, index) => `${index * 8}-${index * 8}`).join()}`,
      206,
      "64 of them",
    ],
    [`bytes=0-${size - 3},${size - 1}-${size - 1}`, 206, "nearly all of it"],
    [`bytes=${"0-,".repeat(10)}`, 206, "the whole, ten times over, is the whole once"],
  ])("Range: %s is %i: %s", async (range, status, why) => {
    const response = await request(server.port, "GET", `/${name}`, { Range: range });
    // No more than 4 MiB are taken into memory for several ranges.
    const isTooMuch = why === "nearly all of it" && size > 4 * MEBIBYTE;
    expect(response.status).toBe(isTooMuch ? 200 : status);
    if (response.status === 200) expect(response.body.equals(content)).toBe(true);
  });
});

test("If-Range decides about several ranges as about one (RFC 9110 §13.1.5)", async () => {
  const etag = field(await request(server.port, "HEAD", "/small.bin"), "etag") ?? "";
  const get = (ifRange: string) =>
    request(server.port, "GET", "/small.bin", { Range: "bytes=0-3,8-11", "If-Range": ifRange });
  expect((await get(etag)).status).toBe(206);
  expect((await get('"other"')).status).toBe(200);
});

describe("B4, D5 all answers of several ranges together have 64 MiB", () => {
  const RANGE = { Range: `bytes=0-${2 * MEBIBYTE - 1},${3 * MEBIBYTE}-${5 * MEBIBYTE - 1}` };
  /** The number of answers of 4 MiB that fit, and one for rounding. */
  const MOST = 17;

  /** Asks, and reads no further than the status. */
  function askAndStall(): Promise<{ socket: Socket; status: string }> {
    const socket = connectTo(server.port);
    const { promise, resolve, reject } = Promise.withResolvers<{
      socket: Socket;
      status: string;
    }>();
    socket.on("error", reject);
    socket.once("data", (data) => {
      socket.pause();
      resolve({ socket, status: String(data).slice("HTTP/1.1 ".length).slice(0, 3) });
    });
    socket.write(formatRequest("GET", "/large.bin", RANGE));
    return promise;
  }

  test("beyond it comes the whole file, and parts again when clients have gone", async () => {
    const stalled = await Promise.all(Array.from({ length: 40 }, askAndStall));
    const partial = stalled.filter(({ status }) => status === "206");
    expect(stalled.filter(({ status }) => status === "200")).toHaveLength(40 - partial.length);
    expect(partial.length).toBeWithin(1, MOST + 1);
    const gone = stalled.map(({ socket }) => new Promise((resolve) => socket.on("close", resolve)));
    for (const { socket } of stalled) socket.destroy();
    await Promise.all(gone);
    const isPartial = async () =>
      (await request(server.port, "GET", "/large.bin", RANGE)).status === 206;
    // The server learns of it by and by.
    while (!(await isPartial()));
  });

  test("64 ranges, as zsync asks for them, are answered over and over", async () => {
    const ranges = Array.from({ length: 64 }, (_, index) => {
      const first = index * 80_000;
      return `${first}-${first + 40_000}`;
    });
    for (let round = 0; round < 40; round++) {
      const response = await request(server.port, "GET", "/large.bin", {
        Range: `bytes=${ranges.join()}`,
      });
      expect(response.status).toBe(206);
    }
  });
});
