import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { utimesSync, writeFileSync } from "node:fs";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { field, request, type RawResponse } from "../helpers/raw-http.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const TEXT = "All work and no play makes a dull file. ".repeat(500);

const { tree, server } = useTestServer({
  "plain.txt": TEXT,
  "photo.png": TEXT,
  "short.txt": "short",
  "site/index.html": `<p>${TEXT}`,
  // Noise: a coding makes it larger.
  "noise.txt": crypto.getRandomValues(new Uint8Array(5000)),
});

const get = (target: string, fields: Record<string, string> = {}) =>
  request(server.port, "GET", target, fields);

/** Asks until the coding is made; the answers until then are the file as it is. */
async function getCoded(target: string, coding: string): Promise<RawResponse> {
  for (;;) {
    const response = await get(target, { "Accept-Encoding": coding });
    if (field(response, "content-encoding") !== undefined) return response;
    expect(response.body.toString()).toContain(TEXT);
  }
}

const DECODERS: Readonly<Record<string, (body: Buffer) => Buffer | Uint8Array>> = {
  zstd: (body) => Bun.zstdDecompressSync(new Uint8Array(body)),
  br: (body) => brotliDecompressSync(body),
  gzip: (body) => gunzipSync(body),
};

describe("compression (RFC 9110 §8.4, §12.5.3)", () => {
  test.each(["zstd", "br", "gzip"])(
    "%s comes with a length, an ETag of its own and Vary",
    async (coding) => {
      const plain = await get("/plain.txt");
      const coded = await getCoded("/plain.txt", coding);
      expect(field(coded, "content-encoding")).toBe(coding);
      expect(Buffer.from(DECODERS[coding]?.(coded.body) ?? []).toString()).toBe(TEXT);
      expect(field(coded, "content-length")).toBe(String(coded.body.length));
      expect(coded.body.length).toBeLessThan(TEXT.length / 10);
      expect(field(coded, "etag")).not.toBe(field(plain, "etag"));
      expect(field(coded, "vary")).toBe("Accept-Encoding");
      expect(field(plain, "vary")).toBe("Accept-Encoding");
      expect(field(coded, "content-type")).toBe(field(plain, "content-type"));
    },
  );

  test.each(["/%70lain.txt", "//plain.txt", "/%70%6c%61in%2Etxt"])(
    "D1 %s is in memory, and coded, as the plain spelling is",
    async (spelling) => {
      await getCoded("/plain.txt", "gzip");
      const response = await get(spelling, { "Accept-Encoding": "gzip" });
      expect(field(response, "content-encoding")).toBe("gzip");
    },
  );

  test("HEAD of a coding has the fields of GET (RFC 9110 §9.3.2)", async () => {
    const coded = await getCoded("/plain.txt", "gzip");
    const head = await request(server.port, "HEAD", "/plain.txt", { "Accept-Encoding": "gzip" });
    for (const name of ["content-length", "content-encoding", "etag", "vary"]) {
      expect(field(head, name)).toBe(field(coded, name));
    }
  });

  test("a 304 is by the ETag of the coding, and has Vary (RFC 9110 §15.4.5)", async () => {
    const etag = field(await getCoded("/plain.txt", "br"), "etag") ?? "";
    const same = await get("/plain.txt", { "Accept-Encoding": "br", "If-None-Match": etag });
    expect(same.status).toBe(304);
    expect(field(same, "etag")).toBe(etag);
    expect(field(same, "vary")).toBe("Accept-Encoding");
    expect((await get("/plain.txt", { "If-None-Match": etag })).status).toBe(200);
  });

  test("a Range is one of the file as it is, and If-Range holds with its ETag alone", async () => {
    const coded = field(await getCoded("/plain.txt", "gzip"), "etag") ?? "";
    const plain = field(await get("/plain.txt"), "etag") ?? "";
    const fields = { "Accept-Encoding": "gzip", Range: "bytes=4-7" };
    const part = await get("/plain.txt", fields);
    expect(part.status).toBe(206);
    expect(part.body.toString()).toBe("work");
    expect(field(part, "content-encoding")).toBeUndefined();
    expect((await get("/plain.txt", { ...fields, "If-Range": plain })).status).toBe(206);
    expect((await get("/plain.txt", { ...fields, "If-Range": coded })).status).toBe(200);
  });

  test.each(["", "identity", "gzip;q=0", "deflate", "*;q=0", "identity;q=0"])(
    "Accept-Encoding: %j gets the file as it is",
    async (accepted) => {
      const response = await get("/plain.txt", { "Accept-Encoding": accepted });
      expect(field(response, "content-encoding")).toBeUndefined();
      expect(response.body.toString()).toBe(TEXT);
      expect(field(response, "vary")).toBe("Accept-Encoding");
    },
  );

  test.each(["/photo.png", "/short.txt"])("%s has no choice, and no Vary", async (target) => {
    const response = await get(target, { "Accept-Encoding": "gzip" });
    expect(field(response, "content-encoding")).toBeUndefined();
    expect(field(response, "vary")).toBeUndefined();
  });

  test("what becomes no smaller stays as it is", async () => {
    for (let attempt = 0; attempt < 50; attempt++) {
      const response = await get("/noise.txt", { "Accept-Encoding": "gzip" });
      expect(field(response, "content-encoding")).toBeUndefined();
    }
  });

  test("our own pages and an index.html are compressed too", async () => {
    const page = await request(server.port, "GET", "/site/");
    expect(field(page, "vary")).toBe("Accept-Encoding");
    expect(field(await getCoded("/site/", "zstd"), "content-encoding")).toBe("zstd");
    const asset = await get("/.meerkat/index/main.js");
    expect(field(asset, "vary")).toBe("Accept-Encoding");
  });

  test("a change is seen in every coding at once", async () => {
    for (let round = 0; round < 200; round++) {
      const content = `${round} ${TEXT}`;
      writeFileSync(tree.at("changing.txt"), content);
      utimesSync(tree.at("changing.txt"), round + 10, round + 10);
      for (let attempt = 0; attempt < 5; attempt++) {
        const response = await get("/changing.txt", { "Accept-Encoding": "gzip" });
        const isCoded = field(response, "content-encoding") === "gzip";
        expect((isCoded ? gunzipSync(response.body) : response.body).toString()).toBe(content);
      }
    }
  });
});
