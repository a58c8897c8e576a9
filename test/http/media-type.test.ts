import { describe, expect, test } from "bun:test";
import { isCompressible, mediaTypeOf } from "../../src/http/media-type.ts";

const TEXT = "text/plain; charset=utf-8";
const OCTETS = "application/octet-stream";

describe("mediaTypeOf() (RFC 9110 §8.3)", () => {
  test.each([
    ["", OCTETS],
    [".", OCTETS],
    ["name.", OCTETS],
    ["x.unknown", OCTETS],
    ["x.__proto__", OCTETS],
    ["constructor", OCTETS],
    ["x.constructor", OCTETS],
    ["x.html\r\nX-Header: 1", OCTETS],
    ["x.ht ml", OCTETS],
    [`x.${"a".repeat(300)}`, OCTETS],
    ["index.html", "text/html; charset=utf-8"],
    ["INDEX.HTM", "text/html; charset=utf-8"],
    ["a.b.css", "text/css; charset=utf-8"],
    ["app.js", "text/javascript; charset=utf-8"],
    ["app.mjs", "text/javascript; charset=utf-8"],
    ["notes.txt", TEXT],
    ["notes.md", "text/markdown; charset=utf-8"],
    ["rows.csv", "text/csv; charset=utf-8"],
    // RFC 8259 §11: JSON has no charset parameter.
    ["data.json", "application/json"],
    ["app.webmanifest", "application/manifest+json"],
    ["feed.xml", "application/xml"],
    ["logo.svg", "image/svg+xml"],
    ["x.png", "image/png"],
    ["x.jpg", "image/jpeg"],
    ["x.webp", "image/webp"],
    ["x.avif", "image/avif"],
    ["x.mp4", "video/mp4"],
    ["x.mp3", "audio/mpeg"],
    ["x.woff2", "font/woff2"],
    ["x.pdf", "application/pdf"],
    ["x.zip", "application/zip"],
    ["x.tar.gz", "application/gzip"],
    ["x.tgz", "application/gzip"],
    ["x.wasm", "application/wasm"],
    // Gzip inside: as image/svg+xml it would need a Content-Encoding, and be compressed again.
    ["x.svgz", "application/gzip"],
    ["x.jxl", "image/jxl"],
    ["x.parquet", "application/vnd.apache.parquet"],
    ["x.har", "application/json"],
    ["tsconfig.jsonc", TEXT],
    ["page.astro", TEXT],
    ["local.env", TEXT],
    // Not MPEG video.
    ["code.ts", TEXT],
    ["code.tsx", TEXT],
    ["code.py", TEXT],
    ["code.rs", TEXT],
    ["run.sh", TEXT],
    ["page.php", TEXT],
    ["conf.toml", TEXT],
    ["conf.yml", TEXT],
    ["server.log", TEXT],
    ["Makefile", TEXT],
    ["LICENSE", TEXT],
    ["Dockerfile", TEXT],
  ])("of %j is %s", (name, type) => {
    expect(mediaTypeOf(name)).toBe(type);
  });
});

test.each([
  ["text/plain; charset=utf-8", true],
  ["application/json", true],
  ["application/manifest+json", true],
  ["image/svg+xml", true],
  ["application/xml", true],
  ["application/wasm", true],
  ["font/ttf", true],
  ["application/vnd.apple.mpegurl", true],
  ["font/woff2", false],
  ["image/png", false],
  ["video/mp4", false],
  ["application/gzip", false],
  ["application/pdf", false],
  [OCTETS, false],
])("isCompressible(%s) is %p", (type, compressible) => {
  expect(isCompressible(type)).toBe(compressible);
});

test.each([
  ["a.txt", "utf-8", TEXT],
  ["a.txt", "unknown", "text/plain"],
  ["a.txt", "utf-16le", "text/plain"],
  ["index.html", "unknown", "text/html"],
  ["app.js", "unknown", "text/javascript"],
  // Not text by their types: their encoding is a matter of their own.
  ["feed.xml", "utf-8", "application/xml"],
  ["feed.xml", "unknown", "application/xml"],
  ["logo.svg", "unknown", "image/svg+xml"],
  ["data.json", "unknown", "application/json"],
  ["x.bin", "unknown", OCTETS],
] as const)("A5 mediaTypeOf(%j) of %p is %s", (name, encoding, type) => {
  expect(mediaTypeOf(name, encoding)).toBe(type);
});
