import type { TextEncoding } from "./text-encoding.ts";

/** The media type of what is unknown. */
export const OCTETS = "application/octet-stream";
const PLAIN = "text/plain";

/**
 * Where Bun's table has no type for what people keep in directories, or one that a browser would
 * download instead of showing: source code and configuration are there to be read.
 */
const TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    // To Bun they are JavaScript, to most tables MPEG video; to a reader, and to a browser, text.
    ts: PLAIN,
    mts: PLAIN,
    cts: PLAIN,
    tsx: PLAIN,
    jsx: PLAIN,
    jsonl: "application/jsonl",
    ndjson: "application/x-ndjson",
    ipynb: "application/json",
    har: "application/json",
    parquet: "application/vnd.apache.parquet",
    tgz: "application/gzip",
    // As image/svg+xml it would need a Content-Encoding, and be compressed twice.
    svgz: "application/gzip",
    zst: "application/zstd",
    m4a: "audio/mp4",
    flac: "audio/flac",
    wav: "audio/wav",
    ico: "image/x-icon",
    jxl: "image/jxl",
    bmp: "image/bmp",
    srt: PLAIN,
    vcf: "text/vcard",
  }),
);

/** Source code and configuration: shown as text, and never run. */
const SOURCES = `
  adoc asm astro awk bash bat bazel c cc cfg cjsx clj cmake cmd coffee conf cpp cs cxx dart diff el
  elm env erl ex exs fish fs gd gitignore glsl go gradle graphql groovy h hcl hh hpp hrl hs hxx ini
  java jl jsonc kt kts less lisp lock log lua m mk ml mli nim nix org pas patch php pl pm proto ps1
  py pyi r rb rs rst sass scala scm scss sh sol sql srt styl svelte swift tex tf toml v vb vhd vim
  vue wgsl yaml yml zig zsh`;

const SOURCE_EXTENSIONS: ReadonlySet<string> = new Set(SOURCES.trim().split(/\s+/));

/** Text files that go without an extension. */
const PLAIN_NAMES: ReadonlySet<string> = new Set(
  `authors changelog codeowners containerfile contributing copying dockerfile gemfile justfile license
  licence makefile news notice procfile rakefile readme todo version`.split(/\s+/),
);

/**
 * The media type of a file by its name (RFC 9110 §8.3), with `charset=utf-8` where it is text that is
 * encoded so. Other text has no charset: the field would win over what the text says of itself, and
 * browsers find out what it is.
 *
 * It comes from Bun's own table: `Bun.file` of a name looks its extension up and touches no file.
 *
 * @returns `application/octet-stream` for what is unknown
 * @example mediaTypeOf("notes.md") // "text/markdown; charset=utf-8"
 */
export function mediaTypeOf(fileName: string, encoding: TextEncoding = "utf-8"): string {
  const type = bareTypeOf(fileName.toLowerCase());
  return type.startsWith("text/") && encoding === "utf-8" ? `${type}; charset=utf-8` : type;
}

/** Whether a file of this name is text, by its media type. */
export function isText(fileName: string): boolean {
  return bareTypeOf(fileName.toLowerCase()).startsWith("text/");
}

function bareTypeOf(name: string): string {
  const dot = name.lastIndexOf(".");
  const extension = name.slice(dot + 1);
  if (dot === -1) return PLAIN_NAMES.has(name) ? PLAIN : OCTETS;
  if (SOURCE_EXTENSIONS.has(extension)) return PLAIN;
  const known = TYPES.get(extension);
  if (known !== undefined) return known;
  // Only what is certain to be an extension is asked for: the table's key comes from a file name.
  if (!/^[a-z\d]{1,16}$/.test(extension)) return OCTETS;
  const [type = OCTETS] = Bun.file(`x.${extension}`).type.split(";");
  return type;
}

/** Whether content of this type becomes smaller by compression; media and archives do not. */
export function isCompressible(mediaType: string): boolean {
  const [type = ""] = mediaType.split(";");
  return (
    type.startsWith("text/") ||
    /[/+](json|xml|javascript)$/.test(type) ||
    COMPRESSIBLE_TYPES.has(type)
  );
}

const COMPRESSIBLE_TYPES: ReadonlySet<string> = new Set([
  "application/jsonl",
  "application/x-ndjson",
  "application/json5",
  "application/wasm",
  "application/rtf",
  "application/vnd.apple.mpegurl",
  "font/ttf",
  "font/otf",
  "image/bmp",
  "image/x-icon",
  "model/obj",
  "model/stl",
]);
