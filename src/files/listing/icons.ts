import type { DirectoryEntry } from "../root/directory-entry.ts";

/** The kind of an entry for a reader, which decides its icon. */
export type IconKind = (typeof ICON_KINDS)[number];

/** The kinds in the order of their drawings in `public/index/icons.svg`, from the top. */
export const ICON_KINDS = [
  "other",
  "directory",
  "text",
  "image",
  "video",
  "audio",
  "archive",
  "document",
] as const;

const EXTENSIONS = {
  text:
    "txt md markdown rst log csv tsv json jsonl jsonc json5 yaml yml toml ini conf cfg env xml html htm " +
    "css scss less js mjs cjs jsx ts mts cts tsx vue svelte py rb rs go c h cc cpp hpp cs java kt swift " +
    "php pl lua r jl hs ml ex exs erl clj scala dart zig nim sql sh bash zsh fish ps1 bat cmd tex diff " +
    "patch lock map wat graphql proto srt vtt ics",
  image: "png jpg jpeg jfif gif webp avif svg bmp ico tif tiff heic heif jxl psd xcf raw dng",
  audio: "mp3 m4a aac ogg oga opus flac wav aif aiff wma mid midi",
  video: "mp4 m4v mkv webm mov avi wmv mpg mpeg ogv 3gp flv",
  archive: "zip gz tgz bz2 tbz xz txz zst br lz4 7z rar tar jar war apk deb rpm dmg iso img cab",
  document: "pdf doc docx odt rtf xls xlsx ods ppt pptx odp pages numbers key epub mobi djvu ps",
} as const satisfies Partial<Record<IconKind, string>>;

const KIND_OF_EXTENSION: ReadonlyMap<string, IconKind> = new Map(
  (Object.keys(EXTENSIONS) as (keyof typeof EXTENSIONS)[]).flatMap((kind) =>
    EXTENSIONS[kind].split(" ").map((extension): [string, IconKind] => [extension, kind]),
  ),
);

/** Names without an extension that mean text files everywhere. */
const TEXT_NAMES =
  /^(readme|license|licence|copying|authors|changelog|makefile|dockerfile|gemfile)$/i;

/** Chooses an icon by the extension of a file's name: a hint to the eye, and no more. */
export function iconOf({ name, kind }: DirectoryEntry): IconKind {
  if (kind === "directory") return "directory";
  const dot = name.lastIndexOf(".");
  if (dot < 0) return TEXT_NAMES.test(name) ? "text" : "other";
  return KIND_OF_EXTENSION.get(name.slice(dot + 1).toLowerCase()) ?? "other";
}
