import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { ENCODED_TEXTS } from "../helpers/encoded-texts.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { field, request, type RawResponse } from "../helpers/raw-http.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree, type Content } from "../helpers/tree.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const BROWSER = { Accept: "text/html" };
const LARGE_BYTES = 1536 * 1024;
const HEAD_BYTES = 64 * 1024;
const UTF8 = "; charset=utf-8";

/** A page of one encoding, as people wrote them before UTF-8. */
function pageOf(encoding: string, bytes: Uint8Array): Buffer {
  const isMarked = encoding.startsWith("utf-16");
  return isMarked
    ? Buffer.from(bytes)
    : Buffer.concat([Buffer.from(`<!doctype html><meta charset="${encoding}"><p>`), bytes]);
}

/** The same again and again, up to a length. */
function fill(bytes: Uint8Array, length = LARGE_BYTES): Buffer {
  return Buffer.alloc(length, bytes);
}

function siteOf(encoding: string, bytes: Uint8Array): Record<string, Content> {
  const page = pageOf(encoding, bytes);
  const long = Buffer.concat([page, Buffer.alloc(4000, "long ")]);
  return {
    [`${encoding}/index.html`]: page,
    [`${encoding}/text.txt`]: bytes,
    [`${encoding}/style.css`]: bytes,
    [`${encoding}/long.html`]: long,
    [`${encoding}/coded.html`]: long,
    [`${encoding}/coded.html.gz`]: gzipSync(long),
    [`${encoding}/large.txt`]: fill(bytes),
    [`${encoding}/feed.xml`]: bytes,
    [`${encoding}/LICENSE`]: bytes,
  };
}
const { tree, server } = useTestServer({
  ...Object.assign({}, ...ENCODED_TEXTS.map((each) => siteOf(each.encoding, each.bytes))),
  ...siteOf("utf-8", Buffer.from("é日😀")),
  "plain.txt": "plain",
  "empty.txt": "",
  "colours.log": "\x1b[31mred\x1b[0m",
  // The look at a large file ends in the middle of a character.
  "cut-3.txt": fill(Buffer.from("日")),
  "cut-2.txt": Buffer.concat([Buffer.from("a"), fill(Buffer.from("é"))]),
  "cut-4.txt": Buffer.concat([Buffer.from("ab"), fill(Buffer.from("😀"))]),
  // Nobody reads all of a large file to say what it is.
  "late.txt": Buffer.concat([fill(Buffer.from("a")), Buffer.from([0xe9])]),
  "early.txt": Buffer.concat([
    fill(Buffer.from("a"), HEAD_BYTES - 9),
    Buffer.alloc(LARGE_BYTES, 0xe9),
  ]),
});

const get = (target: string, fields = {}) => request(server.port, "GET", target, fields);
const typeOf = (response: RawResponse) => field(response, "content-type");

/** Asks until the answer is coded: it is made, or checked, in the background. */
async function getCoded(target: string): Promise<RawResponse> {
  for (;;) {
    const response = await get(target, { "Accept-Encoding": "gzip" });
    if (field(response, "content-encoding") !== undefined) return response;
  }
}

const ENCODINGS = [...ENCODED_TEXTS.map(({ encoding }) => [encoding, ""]), ["utf-8", UTF8]];

describe.each(ENCODINGS)("A5 of text in %s the charset is %j", (encoding, charset) => {
  test.each([
    ["/", "text/html"],
    ["/index.html", "text/html"],
    ["/text.txt", "text/plain"],
    ["/style.css", "text/css"],
    ["/LICENSE", "text/plain"],
    ["/large.txt", "text/plain"],
  ])("GET, HEAD and ranges of %s", async (path, type) => {
    const target = `/${encoding}${path}`;
    for (const method of ["GET", "HEAD", "GET"]) {
      const response = await request(server.port, method, target);
      expect([method, response.status, typeOf(response)]).toEqual([method, 200, type + charset]);
    }
    const part = await get(target, { Range: "bytes=0-1" });
    expect([part.status, typeOf(part)]).toEqual([206, type + charset]);
    const parts = await get(target, { Range: "bytes=0-0,3-3" });
    expect(parts.status).toBe(206);
    expect(parts.body.toString("latin1")).toContain(`Content-Type: ${type}${charset}\r\n`);
  });

  test.each(["/long.html", "/coded.html"])("compressed, %s", async (path) => {
    const target = `/${encoding}${path}`;
    const coded = await getCoded(target);
    expect(typeOf(coded)).toBe(`text/html${charset}`);
    expect(gunzipSync(coded.body).equals((await get(target)).body)).toBe(true);
  });

  test("what is no text by its type stays as it is", async () => {
    expect(typeOf(await get(`/${encoding}/feed.xml`))).toBe("application/xml");
  });
});

describe.each(ENCODED_TEXTS)("A5 in $encoding", ({ encoding, text, bytes }) => {
  test("404.html and the page of a single-page application", async () => {
    const page = pageOf(encoding, bytes);
    using site = makeTree({ "index.html": page, "404.html": page });
    for (const spa of [true, false]) {
      await using other = startTestServer({ directory: site.path, spa });
      const missing = await request(other.port, "GET", "/a/b", BROWSER);
      expect([missing.status, typeOf(missing)]).toEqual([spa ? 200 : 404, "text/html"]);
    }
  });

  test("a README is shown as it was written, or not at all", async () => {
    using site = makeTree({ "README.md": bytes, "a.txt": "" });
    await using other = startTestServer({ directory: site.path });
    const page = (await request(other.port, "GET", "/", BROWSER)).body.toString();
    expect(page).toContain("a.txt");
    expect(page).toContain('README.md"');
    expect(page).not.toContain("\ufffd");
    expect(page.includes(text)).toBe(encoding.startsWith("utf-16"));
  });
});

describe("A5", () => {
  test.each([
    ["/plain.txt", UTF8],
    ["/empty.txt", UTF8],
    ["/colours.log", UTF8],
    ["/cut-2.txt", UTF8],
    ["/cut-3.txt", UTF8],
    ["/cut-4.txt", UTF8],
    ["/late.txt", UTF8],
    ["/early.txt", ""],
  ])("the type of %s ends in %j", async (target, charset) => {
    expect(typeOf(await get(target))).toBe(`text/plain${charset}`);
    expect(typeOf(await get(target))).toBe(`text/plain${charset}`);
  });

  test.each([100, LARGE_BYTES])("a text of %i bytes that is converted to UTF-8", async (length) => {
    const [latin1 = 0] = Buffer.from("é", "latin1");
    // With the true clock too: a file just written may change without a trace.
    for (const options of [{}, { now: Date.now }]) {
      await using fresh = startTestServer({ directory: tree.path }, options);
      const types: (string | undefined)[] = [];
      for (const content of [Buffer.alloc(length, latin1), Buffer.alloc(length, "é")]) {
        writeFileSync(tree.at("converted.txt"), content);
        for (let round = 0; round < 2; round++) {
          types.push(typeOf(await request(fresh.port, "GET", "/converted.txt")));
        }
      }
      expect(types).toEqual(["", "", UTF8, UTF8].map((charset) => `text/plain${charset}`));
    }
  });
});
