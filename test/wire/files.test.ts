import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { statSync, utimesSync, writeFileSync } from "node:fs";
import { PATIENCE_MS } from "../helpers/patience.ts";
import {
  exchange,
  field,
  fieldValues,
  formatRequest,
  request,
  type RawResponse,
} from "../helpers/raw-http.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { useTestServer } from "../helpers/use-test-server.ts";
import {
  CONDITIONS,
  fillTag,
  LAST_MODIFIED,
  MALFORMED_RANGES,
  MODIFIED,
  rangesOf,
  unsatisfiableRangesOf,
} from "./file-requests.ts";

setDefaultTimeout(PATIENCE_MS);

/** How far, in milliseconds, Bun's own Date may be behind (Bun: date-behind). */
const DATE_LAG_MS = 1000;

const LARGE_BYTES = 3 * 1024 * 1024;

/** Every byte tells its place, so a range that is off by one is seen. */
function largeContent(): Buffer {
  const content = Buffer.alloc(LARGE_BYTES);
  for (let index = 0; index < LARGE_BYTES; index += 4) content.writeUInt32LE(index, index);
  return content;
}

const LARGE = largeContent();
const SMALL = Buffer.from("0123456789abcdefghijklmnopqrstuvwxyz");

const { tree, server } = useTestServer({
  "small.txt": SMALL,
  // From 1 MiB on Bun reads the file itself, and has rules of its own.
  "large.txt": LARGE,
  "large.bin": LARGE,
  "empty.txt": "",
  "page.html": "<p>é</p>",
  "site/index.html": "<p>index</p>",
  "dir.html/file": "a directory with the name of a page",
  "index-dir/index.html/x": "an index.html that is a directory",
  "data.unknown": "x",
  Makefile: "all:",
  "code.ts": "const a = 1;",
  "link.txt": { link: "small.txt" },
  // Reproducible builds and image layers set these times on every file.
  "epoch/a": "one",
  "epoch/b": "two",
});

beforeAll(() => {
  for (const name of ["small.txt", "large.txt", "large.bin"]) {
    utimesSync(tree.at(name), MODIFIED, MODIFIED);
  }
  for (const name of ["epoch/a", "epoch/b"]) utimesSync(tree.at(name), 1, 1);
});

const get = (target: string, fields: Record<string, string> = {}) =>
  request(server.port, "GET", target, fields);

async function etagOf(target: string): Promise<string> {
  return field(await get(target), "etag") ?? "";
}

/** Both ways a file is sent: from memory and from disk. */
const WAYS = [
  ["small.txt", SMALL, "text/plain; charset=utf-8"],
  // Bytes that are no UTF-8 (A5).
  ["large.txt", LARGE, "text/plain"],
] as const;

describe.each(WAYS)("%s", (name, content, type) => {
  const target = `/${name}`;
  const size = content.length;

  test("GET answers 200 with the bytes and all its fields (RFC 9110 §8, §15.3.1)", async () => {
    const response = await get(target);
    expect(response.status).toBe(200);
    expect(response.body.equals(content)).toBe(true);
    expect(field(response, "content-length")).toBe(String(size));
    expect(field(response, "content-type")).toBe(type);
    expect(field(response, "last-modified")).toBe(LAST_MODIFIED);
    expect(field(response, "etag")).toMatch(/^"[!#-~]+"$/);
    expect(field(response, "accept-ranges")).toBe("bytes");
    expect(field(response, "cache-control")).toBe("no-cache");
    expect(field(response, "x-content-type-options")).toBe("nosniff");
    expect(field(response, "content-range")).toBeUndefined();
    const isOnDisk = content === LARGE;
    expect(field(response, "content-disposition")).toBe(isOnDisk ? "inline" : undefined);
    expect(field(response, "date")).toMatch(/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/);
  });

  test("HEAD has the fields of GET and no body (RFC 9110 §9.3.2)", async () => {
    const head = await exchange(server.port, formatRequest("HEAD", target), ["HEAD"]);
    expect(head.rest.length).toBe(0);
    const [response] = head.responses;
    expect(sortedFields(response)).toEqual(sortedFields(await get(target)));
  });

  test("a request after HEAD on the same connection is answered (RFC 9112 §6.3)", async () => {
    const bytes = formatRequest("HEAD", target) + formatRequest("GET", "/rest");
    const { responses } = await exchange(server.port, bytes, ["HEAD", "GET"]);
    expect(responses.map(({ status }) => status)).toEqual([200, 200]);
    expect(responses[1]?.body.toString()).toBe('{"result":123}\n');
  });

  test.each(rangesOf(size))(
    "Range: %s is 206 with %i to %i (RFC 9110 §14.2)",
    async (range, first, last) => {
      const response = await get(target, { Range: range });
      expect(response.status).toBe(206);
      expect(field(response, "content-range")).toBe(`bytes ${first}-${last}/${size}`);
      expect(field(response, "content-length")).toBe(String(last - first + 1));
      expect(response.body.equals(content.subarray(first, last + 1))).toBe(true);
      expect(field(response, "etag")).toBe(await etagOf(target));
      expect(fieldValues(response, "accept-ranges").length).toBeLessThanOrEqual(1);
    },
  );

  test.each(unsatisfiableRangesOf(size))(
    "Range: %s is 416 with the size (RFC 9110 §15.5.17)",
    async (range) => {
      const response = await get(target, { Range: range });
      expect(response.status).toBe(416);
      expect(field(response, "content-range")).toBe(`bytes */${size}`);
    },
  );

  test.each(MALFORMED_RANGES)(
    "Range: %s is malformed and ignored (RFC 9110 §14.2)",
    async (range) => {
      const response = await get(target, { Range: range });
      expect(response.status).toBe(200);
      expect(response.body.equals(content)).toBe(true);
    },
  );

  test.each([
    ["sent twice", "bytes=0-1\r\nRange: bytes=3-4"],
    ["of more than 2048 bytes", `bytes=${" ".repeat(2048)}0-1`],
  ])("a Range field %s is ignored (RFC 9110 §5.3, §14.2)", async (_, range) => {
    const { responses } = await exchange(
      server.port,
      formatRequest("GET", target, { Range: range }),
    );
    expect(responses.map(({ status, body }) => [status, body.equals(content)])).toEqual([
      [200, true],
    ]);
  });

  test("HEAD ignores Range, which only GET has (RFC 9110 §14.2)", async () => {
    const response = await request(server.port, "HEAD", target, { Range: "bytes=0-0" });
    expect(response.status).toBe(200);
    expect(field(response, "content-length")).toBe(String(size));
  });

  test.each(CONDITIONS)("%j is %i", async (fields, status) => {
    const tag = await etagOf(target);
    const response = await get(target, fillTag(fields, tag));
    expect(response.status).toBe(status);
    if (status === 200) expect(response.body.equals(content)).toBe(true);
    if (status === 304) expect304(response, tag);
  });

  /** RFC 9110 §15.4.5: the fields that update a cached answer, and none that describe a body. */
  function expect304(response: RawResponse, tag: string): void {
    expect(field(response, "etag")).toBe(tag);
    expect(field(response, "last-modified")).toBe(LAST_MODIFIED);
    expect(field(response, "cache-control")).toBe("no-cache");
    expect(field(response, "date")).toBeDefined();
    expect(field(response, "content-type")).toBeUndefined();
    expect(field(response, "content-range")).toBeUndefined();
  }

  test.each(["POST", "PUT", "DELETE", "PATCH"])(
    "%s is 405 with Allow (RFC 9110 §15.5.6)",
    async (method) => {
      const response = await request(server.port, method, target);
      expect(response.status).toBe(405);
      expect(field(response, "allow")).toBe("GET, HEAD, OPTIONS");
    },
  );

  test("OPTIONS is 204 with Allow (RFC 9110 §9.3.7)", async () => {
    const response = await request(server.port, "OPTIONS", target);
    expect(response.status).toBe(204);
    expect(field(response, "allow")).toBe("GET, HEAD, OPTIONS");
  });

  test("an edit changes the ETag, a touch only that of a file that stays on disk", async () => {
    const copy = tree.at(`copy-${name}`);
    const stamp = (ms: number) => utimesSync(copy, new Date(ms), new Date(ms));
    writeFileSync(copy, content);
    stamp(MODIFIED.getTime());
    const before = await etagOf(`/copy-${name}`);
    stamp(MODIFIED.getTime() + 1);
    expect((await etagOf(`/copy-${name}`)) === before).toBe(content === SMALL);
    writeFileSync(copy, Buffer.concat([content, content]));
    stamp(MODIFIED.getTime());
    expect(await etagOf(`/copy-${name}`)).not.toBe(before);
  });
});

test.each([
  "/small.txt",
  "/large.txt",
  "/page.html",
  "/site",
  "/",
  "/rest",
  "/nothing",
  "/test.html",
])("HEAD of %s has the Date of the moment (RFC 9110 §6.6.1)", async (target) => {
  const before = Math.floor(Date.now() / 1000) * 1000;
  const date = Date.parse(field(await request(server.port, "HEAD", target), "date") ?? "");
  expect(date).toBeWithin(before - DATE_LAG_MS, Date.now() + 1);
});

/** Date is the moment's; everything else must agree. */
function sortedFields(response: RawResponse | undefined): string[] {
  return (response?.fields ?? [])
    .map(([name, value]) => `${name.toLowerCase()}: ${value}`)
    .filter((line) => !line.startsWith("date:"))
    .sort();
}

test("a file is served under the name in the URL, also by way of a link", async () => {
  const response = await get("/link.txt");
  expect(response.body.equals(SMALL)).toBe(true);
  expect(statSync(tree.at("link.txt")).size).toBe(SMALL.length);
});

test.each([
  ["/page.html", "text/html; charset=utf-8"],
  ["/code.ts", "text/plain; charset=utf-8"],
  ["/Makefile", "text/plain; charset=utf-8"],
  ["/data.unknown", "application/octet-stream"],
  ["/rest", "application/json"],
])("%s is %s (RFC 9110 §8.3)", async (target, type) => {
  expect(field(await get(target), "content-type")).toBe(type);
});

test.each(["/data.unknown", "/large.bin"])("%s is to be saved (RFC 6266 §4.1)", async (target) => {
  expect(field(await get(target), "content-disposition")).toBe("attachment");
});

test.each(["future.txt", "future-large.bin"])(
  "%s, changed in the future, is sent as changed now (RFC 9110 §8.8.2.1)",
  async (name) => {
    writeFileSync(tree.at(name), name.includes("large") ? LARGE : SMALL);
    utimesSync(tree.at(name), new Date(Date.UTC(2100, 0, 1)), new Date(Date.UTC(2100, 0, 1)));
    const response = await get(`/${name}`);
    const lastModified = Date.parse(field(response, "last-modified") ?? "");
    // This server's clock is an hour ahead of the one that Date is from.
    expect(lastModified).toBeLessThan(Date.UTC(2100, 0, 1));
    expect(lastModified).toBeGreaterThan(MODIFIED.getTime());
    const same = await get(`/${name}`, { "If-None-Match": field(response, "etag") ?? "" });
    expect(same.status).toBe(304);
  },
);

test.each(["/small.txt", "/large.txt", "/", "/rest", "/nothing"])(
  "%s with Connection: close says that it closes, and does (RFC 9112 §9.6)",
  async (target) => {
    const bytes = formatRequest("GET", target, { Connection: "close" });
    // A second answer is waited for, so this ends only when the server closes.
    const { responses, closed } = await exchange(server.port, bytes, ["GET", "GET"]);
    expect(responses.length).toBe(1);
    expect(closed).toBe(true);
    expect(responses[0] && field(responses[0], "connection")).toBe("close");
  },
);

test("an empty file is 200 with length 0, and no range of it can be had", async () => {
  const response = await get("/empty.txt");
  expect(response.status).toBe(200);
  expect(field(response, "content-length")).toBe("0");
  expect((await get("/empty.txt", { Range: "bytes=0-" })).status).toBe(416);
  expect((await get("/empty.txt", { Range: "bytes=-1" })).status).toBe(416);
});

test("times of 0 and 1 s are no validators: the ETag comes from the bytes", async () => {
  const [a, b] = [await get("/epoch/a"), await get("/epoch/b")];
  expect(field(a, "last-modified")).toBeUndefined();
  expect(field(a, "etag")).not.toBe(field(b, "etag"));
  expect((await get("/epoch/a", { "If-None-Match": field(a, "etag") ?? "" })).status).toBe(304);
  const since = { "If-Modified-Since": LAST_MODIFIED };
  expect((await get("/epoch/a", since)).status).toBe(200);
});

describe("directories", () => {
  test("without the slash: 301 with the query kept (RFC 9110 §15.4.2)", async () => {
    const response = await get("/site?a=1&b=%2F");
    expect(response.status).toBe(301);
    expect(field(response, "location")).toBe("site/?a=1&b=%2F");
  });

  test.each([
    ["?\xe2\x82\xac", "?%E2%82%AC"],
    ["?\xff", "?%EF%BF%BD"],
  ])("a query that is no ASCII, %j, which nobody encodes in HTTP/1.0, is", async (sent, query) => {
    const { responses } = await exchange(server.port, `GET /site${sent} HTTP/1.0\r\n\r\n`);
    expect(responses.map((response) => field(response, "location"))).toEqual([`site/${query}`]);
  });

  test("with it: index.html, as a file with validators", async () => {
    const response = await get("/site/");
    expect(response.body.toString()).toBe("<p>index</p>");
    expect((await get("/site/", { "If-None-Match": field(response, "etag") ?? "" })).status).toBe(
      304,
    );
  });

  test("a directory called index.html is no index", async () => {
    const response = await get("/index-dir/", { Accept: "text/plain" });
    expect(response.body.toString()).toBe("index.html/\n");
  });

  test.each([
    ["text/html", "text/html; charset=utf-8"],
    ["*/*", "text/html; charset=utf-8"],
    ["application/json", "application/json"],
    ["text/plain", "text/plain; charset=utf-8"],
    ["text/html;q=0.5, text/plain", "text/plain; charset=utf-8"],
    ["image/png", "text/html; charset=utf-8"],
  ])("Accept: %s gets a listing as %s (RFC 9110 §12.5.1)", async (accept, type) => {
    const response = await get("/", { Accept: accept });
    expect(response.status).toBe(200);
    expect(field(response, "content-type")).toBe(type);
    expect(field(response, "vary")).toStartWith("Accept");
    const again = await get("/", {
      Accept: accept,
      "If-None-Match": field(response, "etag") ?? "",
    });
    expect(again.status).toBe(304);
    expect(field(again, "vary")).toBe(field(response, "vary"));
  });

  test("?format= wins over Accept", async () => {
    const response = await get("/?format=json", { Accept: "text/html" });
    expect(field(response, "content-type")).toBe("application/json");
    const { total, entries } = JSON.parse(response.body.toString());
    expect(total).toBe(entries.length);
  });

  test("HEAD of a listing has the length of GET, for a browser", async () => {
    const head = await request(server.port, "HEAD", "/", { Accept: "text/html" });
    expect(sortedFields(head)).toEqual(sortedFields(await get("/", { Accept: "text/html" })));
  });

  test("a listing's policy lets no script in but ours", async () => {
    const policy = field(await get("/"), "content-security-policy") ?? "";
    expect(policy).toStartWith("default-src 'none'");
    expect(policy).not.toContain("unsafe");
  });

  test("--no-index answers 404 without an index.html", async () => {
    await using closed = startTestServer({ directory: tree.path, index: false });
    expect((await request(closed.port, "GET", "/")).status).toBe(404);
    expect((await request(closed.port, "GET", "/site/")).status).toBe(200);
  });
});

describe("pages that ship with the server", () => {
  test.each([
    ["/test.html", "text/html; charset=utf-8"],
    ["/.meerkat/index.css", "text/css; charset=utf-8"],
    ["/.meerkat/index/main.js", "text/javascript; charset=utf-8"],
    ["/.meerkat/test.css", "text/css; charset=utf-8"],
    ["/.meerkat/workbench/main.js", "text/javascript; charset=utf-8"],
    ["/favicon.svg", "image/svg+xml"],
    ["/favicon.ico", "image/svg+xml"],
  ])("%s is there, as %s, with validators", async (target, type) => {
    const response = await get(target);
    expect(response.status).toBe(200);
    expect(field(response, "content-type")).toBe(type);
    expect((await get(target, { "If-None-Match": field(response, "etag") ?? "" })).status).toBe(
      304,
    );
  });

  test("a file of the root comes before /test.html, and none before /.meerkat/", async () => {
    using own = makeTree({ "test.html": "mine", ".meerkat/index.css": "mine" });
    await using ownServer = startTestServer({ directory: own.path, hidden: true });
    const page = await request(ownServer.port, "GET", "/test.html");
    expect(page.body.toString()).toBe("mine");
    const sheet = await request(ownServer.port, "GET", "/.meerkat/index.css");
    expect(sheet.body.toString()).not.toBe("mine");
  });

  test("what is not there below /.meerkat/ is 404, also with --hidden", async () => {
    await using open = startTestServer({ directory: tree.path, hidden: true });
    expect((await request(open.port, "GET", "/.meerkat/nothing")).status).toBe(404);
  });
});

describe("errors", () => {
  const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

  test.each([
    [BROWSER, "text/html; charset=utf-8"],
    ["*/*", "text/plain; charset=utf-8"],
    ["application/json", "application/problem+json"],
  ])("Accept: %s gets a 404 as %s", async (accept, type) => {
    const response = await get("/<script>alert(1)</script>", { Accept: accept });
    expect(response.status).toBe(404);
    expect(field(response, "content-type")).toBe(type);
    expect(response.body.toString()).not.toContain("script>");
    expect(response.body.toString()).toContain("Not Found");
  });

  test("404.html of the root is the page for browsers, with 404", async () => {
    using own = makeTree({ "404.html": "<p>lost</p>" });
    await using ownServer = startTestServer({ directory: own.path });
    const page = await request(ownServer.port, "GET", "/x", { Accept: BROWSER });
    expect(page.status).toBe(404);
    expect(page.body.toString()).toBe("<p>lost</p>");
    expect((await request(ownServer.port, "GET", "/x")).body.toString()).toStartWith(
      "404 Not Found",
    );
  });

  test("a large 404.html is sent whole, whatever range is asked for", async () => {
    using own = makeTree({ "404.html": LARGE });
    await using ownServer = startTestServer({ directory: own.path });
    const fields = { Accept: BROWSER, Range: "bytes=0-0" };
    const page = await request(ownServer.port, "GET", "/x", fields);
    expect(page.status).toBe(404);
    expect(page.body.equals(LARGE)).toBe(true);
  });
});

describe("/rest", () => {
  test("GET is the fixed answer", async () => {
    const response = await get("/rest");
    expect(response.status).toBe(200);
    expect(response.body.toString()).toBe('{"result":123}\n');
    expect(field(response, "content-length")).toBe("15");
  });

  test("HEAD has its fields", async () => {
    const head = await request(server.port, "HEAD", "/rest");
    expect(sortedFields(head)).toEqual(sortedFields(await get("/rest")));
  });

  test.each(["POST", "PUT", "DELETE"])(
    "%s is 405 with Allow (RFC 9110 §15.5.6)",
    async (method) => {
      const response = await request(server.port, method, "/rest");
      expect(response.status).toBe(405);
      expect(field(response, "allow")).toBe("GET, HEAD, OPTIONS");
    },
  );

  test("a POST with a body is 405 and not cut off", async () => {
    const body = "hello".repeat(1000);
    const bytes = `POST /rest HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const { responses } = await exchange(server.port, bytes, ["POST"]);
    expect(responses[0]?.status).toBe(405);
  });

  test("only at its own path", async () => {
    expect((await get("/rest//")).status).toBe(404);
    expect((await get("/REST")).status).toBe(404);
  });
});

test("what is logged is only what went wrong here: nothing, so far", () => {
  expect(server.errors).toEqual([]);
});
