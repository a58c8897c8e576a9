import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { truncateSync, writeFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { PATIENCE_MS } from "../helpers/patience.ts";
import {
  BLINKING_GIF,
  compressedText,
  makeJpeg,
  makePng,
  pixelsOf,
  repeatScan,
  withOrientation,
} from "../helpers/pictures.ts";
import { field, request, type RawResponse } from "../helpers/raw-http.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const MIB = 1024 * 1024;

const JPEG = await makeJpeg({ width: 900, height: 600 });
const PROGRESSIVE = await makeJpeg({ width: 900, height: 600 }, 1, true);
const encode = async (image: Bun.Image) => new Uint8Array(await image.bytes());
const PNG = await encode(new Bun.Image(JPEG).png());

const DRAWING = "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='30'/>";

/** The first boxes of files that Bun knows, and that it cannot decode on Linux. */
const boxes = (brand: string) =>
  Buffer.from(`\0\0\0\x18ftyp${brand}\0\0\0\0mif1${brand}`, "latin1");

const { tree, server } = useTestServer({
  "photo.jpg": JPEG,
  "portrait.jpg": await makeJpeg({ width: 300, height: 900 }),
  "progressive.jpg": PROGRESSIVE,
  "photo.png": PNG,
  "photo.webp": await encode(new Bun.Image(JPEG).webp()),
  "lossless.webp": await encode(new Bun.Image(JPEG).webp({ lossless: true })),
  "small.png": await encode(new Bun.Image(JPEG).resize(60, 40).png()),
  "thin.png": makePng({ width: 3200, height: 1 }, pixelsOf(9600, 1)),
  "on its side.jpg": withOrientation(JPEG, 6),
  "clear.png": makePng({ width: 400, height: 400, color: "rgba" }, pixelsOf(1600, 400, 0x80)),
  "deep.png": makePng({ width: 400, height: 400, bits: 16 }, pixelsOf(2400, 400, 0x80)),
  "blinking.gif": BLINKING_GIF,
  "damaged.jpg": JPEG.subarray(0, JPEG.length / 2),
  "named.PNG": PNG,
  "lies.png": JPEG,
  "drawing.svg": DRAWING,
  "linked.jpg": { link: "photo.jpg" },
  "outside.jpg": { link: "/etc/hostname" },
  ".hidden.jpg": JPEG,
  "dir/photo.jpg": JPEG,
  "site/index.html": "<p>a page</p>",
  // None of these has a thumbnail.
  "notes.txt": "no picture",
  "no extension": JPEG,
  "empty.jpg": "",
  "text.jpg": "no picture",
  "cut.jpg": JPEG.subarray(0, 300),
  "cut.png": PNG.subarray(0, PNG.length / 2),
  "bomb of nothing.png": makePng({ width: 65535, height: 65535, bits: 1, color: "grey" }),
  "bomb of bits.png": makePng(
    { width: 8000, height: 8000, bits: 1, color: "grey" },
    pixelsOf(1000, 8000),
  ),
  "bomb of text.png": makePng(
    { width: 10, height: 10 },
    ["zTXt", compressedText(70 * MIB)],
    pixelsOf(30, 10),
  ),
  "bomb of color.png": makePng(
    { width: 10, height: 10 },
    ["iCCP", compressedText(70 * MIB)],
    pixelsOf(30, 10),
  ),
  "profile.png": makePng(
    { width: 10, height: 10 },
    ["iCCP", compressedText(MIB)],
    pixelsOf(30, 10),
  ),
  "bomb of scans.jpg": repeatScan(PROGRESSIVE, 5000),
  "photo.heic": boxes("heic"),
  "photo.avif": boxes("avif"),
  "huge.jpg": JPEG,
});

// It says that it is a picture, and is one, but nobody reads 65 MB for a thumbnail.
beforeAll(() => truncateSync(tree.at("huge.jpg"), 65 * MIB));

const ask = (target: string, fields: Readonly<Record<string, string>> = {}, method = "GET") =>
  request(server.port, method, target, fields);

const thumbnailOf = (name: string, fields?: Readonly<Record<string, string>>, method?: string) =>
  ask(`/${encodeURIComponent(name)}?thumbnail`, fields, method);

/** The size of a WebP, as Bun reads it. */
async function sizeOf({ body }: RawResponse): Promise<string> {
  const { format, width, height } = await new Bun.Image(Uint8Array.from(body)).metadata();
  return `${format} ${width}×${height}`;
}

/** Red, green and blue of a picture of one pixel. */
async function pixelOf({ body }: RawResponse): Promise<number[]> {
  const png = Buffer.from(await new Bun.Image(Uint8Array.from(body)).png().bytes());
  const data = png.indexOf("IDAT");
  return [...inflateSync(png.subarray(data + 4, data + 4 + png.readUInt32BE(data - 4)))].slice(
    1,
    4,
  );
}

describe("?thumbnail answers a WebP of at most 320 pixels", () => {
  test.each([
    ["photo.jpg", "webp 320×213"],
    ["portrait.jpg", "webp 107×320"],
    ["progressive.jpg", "webp 320×213"],
    ["photo.png", "webp 320×213"],
    ["photo.webp", "webp 320×213"],
    ["lossless.webp", "webp 320×213"],
    ["small.png", "webp 60×40"],
    ["thin.png", "webp 320×1"],
    ["on its side.jpg", "webp 213×320"],
    ["clear.png", "webp 320×320"],
    ["deep.png", "webp 320×320"],
    ["blinking.gif", "webp 1×1"],
    ["damaged.jpg", "webp 320×213"],
    ["named.PNG", "webp 320×213"],
    ["lies.png", "webp 320×213"],
    ["linked.jpg", "webp 320×213"],
  ])("of %s", async (name, size) => {
    const response = await thumbnailOf(name);
    expect([response.status, field(response, "content-type")]).toEqual([200, "image/webp"]);
    expect(field(response, "content-length")).toBe(String(response.body.length));
    expect(field(response, "x-content-type-options")).toBe("nosniff");
    expect(await sizeOf(response)).toBe(size);
  });

  test("that is as clear as the picture", async () => {
    const { body } = await thumbnailOf("clear.png");
    expect(body.toString("latin1", 12, 16)).toBe("VP8X");
    expect((body[20] ?? 0) & 0x10).toBe(0x10); // the flag of an alpha channel
  });

  test("that shows the beginning of an animation", async () => {
    const [red = 0, , blue = 0] = await pixelOf(await thumbnailOf("blinking.gif"));
    expect([red > 200, blue < 50]).toEqual([true, true]);
  });
});

describe("?thumbnail refuses", () => {
  test.each([
    "notes.txt",
    "no extension",
    "empty.jpg",
    "text.jpg",
    "cut.jpg",
    "cut.png",
    "bomb of nothing.png",
    "bomb of bits.png",
    "bomb of text.png",
    "bomb of color.png",
    "profile.png",
    "bomb of scans.jpg",
    "photo.heic",
    "photo.avif",
    "huge.jpg",
  ])("%s, each time", async (name) => {
    for (let time = 0; time < 2; time++) {
      const response = await thumbnailOf(name);
      expect(response.status).toBe(415);
      expect(response.body.toString()).toContain("There is no thumbnail of this file");
    }
    const { body } = await thumbnailOf(name, { Accept: "application/json" });
    expect(JSON.parse(body.toString())).toMatchObject({ status: 415 });
    expect(server.errors).toEqual([]);
  });

  test.each([
    ["what is missing", "/nothing.jpg?thumbnail", 404, "There is nothing at this address"],
    ["what is outside", "/outside.jpg?thumbnail", 404, "There is nothing at this address"],
    ["what is hidden", "/.hidden.jpg?thumbnail", 404, "There is nothing at this address"],
    ["a file with a slash", "/photo.jpg/?thumbnail", 404, "There is nothing at this address"],
    ["a path that cannot be read", "/%zz.jpg?thumbnail", 400, "The address cannot be read"],
  ])("%s", async (_, target, status, advice) => {
    const response = await ask(target);
    expect([response.status, response.body.toString()]).toEqual([
      status,
      expect.stringContaining(advice),
    ]);
  });

  test("other methods", async () => {
    expect((await thumbnailOf("photo.jpg", {}, "DELETE")).status).toBe(405);
  });

  test("somebody without the password", async () => {
    await using its = startTestServer({ directory: tree.path, auth: "me:secret" });
    const authorization = `Basic ${Buffer.from("me:secret").toString("base64")}`;
    const target = "/photo.jpg?thumbnail";
    expect((await request(its.port, "GET", target)).status).toBe(401);
    expect((await request(its.port, "GET", target, { authorization })).status).toBe(200);
  });
});

describe("?thumbnail means nothing", () => {
  test.each([
    ["a directory", "/dir/?thumbnail", "photo.jpg"],
    ["a directory with a page", "/site/?thumbnail", "a page"],
    ["a drawing, which is small at any size", "/drawing.svg?thumbnail", DRAWING],
    ["a page of ours", "/test.html?thumbnail", "WebSocket"],
  ])("to %s", async (_, target, text) => {
    const response = await ask(target);
    expect([response.status, response.body.toString()]).toEqual([
      200,
      expect.stringContaining(text),
    ]);
  });

  test("to the redirect of a directory", async () => {
    const response = await ask("/dir?thumbnail");
    expect([response.status, field(response, "location")]).toEqual([301, "dir/?thumbnail"]);
  });

  test.each(["?thumbnails", "?a=thumbnail", "?Thumbnail"])("if it is %s", async (search) => {
    expect((await ask(`/photo.jpg${search}`)).body).toEqual(Buffer.from(JPEG));
  });

  test.each(["?thumbnail=1", "?a=b&thumbnail", "?thumbnail&a=b"])(
    "more than %s",
    async (search) => {
      const response = await ask(`/photo.jpg${search}`);
      expect(response.body).toEqual((await thumbnailOf("photo.jpg")).body);
    },
  );
});

describe("a thumbnail has", () => {
  test("an ETag of its own, which a 304 needs no picture for", async () => {
    const file = await ask("/photo.jpg");
    const whole = await thumbnailOf("photo.jpg");
    const etag = field(whole, "etag") ?? "";
    expect(etag).toMatch(/^W\/"[\w-]+"$/);
    expect(etag).not.toBe(field(file, "etag") ?? "");
    const known = { "If-None-Match": `"other", ${etag}` };
    const again = await thumbnailOf("photo.jpg", known);
    expect([again.status, field(again, "etag"), again.body.length]).toEqual([304, etag, 0]);
    // A new server has no thumbnail yet.
    await using other = startTestServer({ directory: tree.path });
    const first = await request(other.port, "GET", "/photo.jpg?thumbnail", known);
    expect([first.status, field(first, "etag"), first.body.length]).toEqual([304, etag, 0]);
    expect(field(first, "cache-control")).toBe("no-cache");
  });

  test("no 304 for somebody who cannot have it", async () => {
    await using other = startTestServer({ directory: tree.path });
    const any = { "If-None-Match": "*" };
    expect((await request(other.port, "GET", "/text.jpg?thumbnail", any)).status).toBe(415);
    expect((await thumbnailOf("photo.jpg", { "If-None-Match": '"other"' })).status).toBe(200);
    expect((await thumbnailOf("photo.jpg", { "If-None-Match": "a, b" })).status).toBe(200);
  });

  test("the file's time", async () => {
    const time = field(await ask("/photo.jpg"), "last-modified") ?? "";
    const whole = await thumbnailOf("photo.jpg");
    expect(field(whole, "last-modified")).toBe(time);
    expect((await thumbnailOf("photo.jpg", { "If-Modified-Since": time })).status).toBe(304);
  });

  test("the file's Cache-Control", async () => {
    await using its = startTestServer({ directory: tree.path, maxAgeSeconds: 60 });
    const response = await request(its.port, "GET", "/photo.jpg?thumbnail");
    expect(field(response, "cache-control")).toBe("public, max-age=60");
  });

  test("the same fields for HEAD", async () => {
    const without = (response: RawResponse) =>
      response.fields
        .filter(([name]) => name.toLowerCase() !== "date")
        .map(([name, value]) => [name.toLowerCase(), value])
        .toSorted();
    const get = await thumbnailOf("photo.jpg");
    const head = await thumbnailOf("photo.jpg", {}, "HEAD");
    expect([head.status, head.body.length]).toEqual([200, 0]);
    expect(without(head)).toEqual(without(get));
  });

  test("ranges", async () => {
    const { body } = await thumbnailOf("photo.jpg");
    const part = await thumbnailOf("photo.jpg", { Range: "bytes=2-9" });
    expect([part.status, part.body]).toEqual([206, body.subarray(2, 10)]);
    const beyond = await thumbnailOf("photo.jpg", { Range: "bytes=1000000-" });
    expect(beyond.status).toBe(416);
  });
});

test("?thumbnail shows what is in the file now", async () => {
  using its = makeTree({ "a.jpg": JPEG });
  await using other = startTestServer({ directory: its.path });
  const askIt = (etag = "") =>
    request(other.port, "GET", "/a.jpg?thumbnail", { "If-None-Match": etag });
  const before = await askIt();
  writeFileSync(its.at("a.jpg"), await makeJpeg({ width: 300, height: 100 }));
  const after = await askIt(field(before, "etag"));
  expect([after.status, await sizeOf(after)]).toEqual([200, "webp 300×100"]);
});

test("?thumbnail answers all who ask at once", async () => {
  using its = makeTree({ "a.jpg": JPEG, "b.jpg": PROGRESSIVE });
  await using other = startTestServer({ directory: its.path });
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      request(other.port, "GET", `/${index % 2 === 0 ? "a" : "b"}.jpg?thumbnail`),
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(answers.map(({ body }) => body.toString("latin1"))).size).toBe(2);
});
