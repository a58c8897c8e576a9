import type { TextEncoding } from "./text-encoding.ts";

/** The media type of a file whose type is unknown. */
export const OCTETS = "application/octet-stream";
const PLAIN = "text/plain";

/**
 * The media types of extensions that Bun's table lacks, or for which it has a type that browsers
 * download instead of showing (Bun: types-missing).
 */
const TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    // Bun's table has JavaScript for these, and most others MPEG video; browsers show text.
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
    // With image/svg+xml it would need a Content-Encoding, and we would compress it twice.
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

/** The extensions of source code and configuration, which browsers are to show and never run. */
const SOURCES = `
  adoc asm astro awk bash bat bazel c cc cfg cjsx clj cmake cmd coffee conf cpp cs cxx dart diff el
  elm env erl ex exs fish fs gd gitignore glsl go gradle graphql groovy h hcl hh hpp hrl hs hxx ini
  java jl jsonc kt kts less lisp lock log lua m mk ml mli nim nix org pas patch php pl pm proto ps1
  py pyi r rb rs rst sass scala scm scss sh sol sql srt styl svelte swift tex tf toml v vb vhd vim
  vue wgsl yaml yml zig zsh`;

const SOURCE_EXTENSIONS: ReadonlySet<string> = new Set(SOURCES.trim().split(/\s+/));

/** The names of text files without an extension. */
const PLAIN_NAMES: ReadonlySet<string> = new Set(
  `authors changelog codeowners containerfile contributing copying dockerfile gemfile justfile license
  licence makefile news notice procfile rakefile readme todo version`.split(/\s+/),
);

/**
 * Returns the media type of a file by its name (RFC 9110 §8.3), with `charset=utf-8` if it is text in
 * that encoding. Other text has no charset: the field would win over what the text says of itself,
 * and browsers find the encoding by themselves.
 *
 * Most types are from Bun's own table: `Bun.file` looks up the extension and touches no file.
 *
 * @returns `application/octet-stream` if the type is unknown
 * @example mediaTypeOf("notes.md") // "text/markdown; charset=utf-8"
 */
export function mediaTypeOf(fileName: string, encoding: TextEncoding = "utf-8"): string {
  const type = bareTypeOf(fileName.toLowerCase());
  return type.startsWith("text/") && encoding === "utf-8" ? `${type}; charset=utf-8` : type;
}

/** Tells whether a file of this name is text, by its media type. */
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
  // We look up only texts that are certainly extensions, as the name of a file can be anything.
  if (!/^[a-z\d]{1,16}$/.test(extension)) return OCTETS;
  const [type = OCTETS] = Bun.file(`x.${extension}`).type.split(";");
  return type;
}

/** Tells whether content of this type becomes smaller by compression; media and archives do not. */
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
