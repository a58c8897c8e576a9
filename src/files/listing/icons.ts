import type { DirectoryEntry } from "../root/directory-entry.ts";

/** The kind of an entry for a reader, which decides its icon. */
export type IconKind =
  "directory" | "text" | "image" | "audio" | "video" | "archive" | "document" | "other";

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

/** A leaf with a folded corner, to which most kinds add something. */
const LEAF = '<path d="M9.5 1.5H4v13h8.5v-10zm0 0v3h3"/>';

const DRAWINGS: Readonly<Record<IconKind, string>> = {
  directory: '<path d="M1.5 13V3H6l1.5 2h7v8z"/>',
  text: `${LEAF}<path d="M6.5 7.5h3.5M6.5 9.5h3.5M6.5 11.5h2"/>`,
  image:
    '<path d="M1.5 2.5h13v11h-13zM2 12l3.5-4 3 3L11 8.5l3.5 3.5"/><circle cx="5.5" cy="5.5" r="1"/>',
  audio:
    '<path d="M6 12V3.5l7.5-1.5v8.5"/><circle cx="4.25" cy="12" r="1.75"/><circle cx="11.75" cy="10.5" r="1.75"/>',
  video: '<path d="M1.5 3h13v10h-13z"/><path d="M6.5 5.8v4.4l3.7-2.2z" fill="currentColor"/>',
  archive: '<path d="M2.5 5.5h11v8h-11zM1.5 2.5h13v3h-13zM6.5 8.5h3"/>',
  document: `${LEAF}<path d="M6.5 8h3.5v3.5H6.5z" fill="currentColor"/>`,
  other: LEAF,
};

/** The drawings that `renderIcon` refers to; a page needs them once. */
export const ICON_SPRITE = `<svg class="sprite">${Object.entries(DRAWINGS)
  .map(([kind, drawing]) => `<symbol id="${kind}" viewBox="0 0 16 16">${drawing}</symbol>`)
  .join("")}</svg>`;

/** Renders an icon by reference into the sprite. */
export function renderIcon(kind: IconKind): string {
  return `<svg><use href="#${kind}"/></svg>`;
}

/** Chooses an icon by the extension of a file's name: a hint to the eye, and no more. */
export function iconOf({ name, kind }: DirectoryEntry): IconKind {
  if (kind === "directory") return "directory";
  const dot = name.lastIndexOf(".");
  if (dot < 0) return TEXT_NAMES.test(name) ? "text" : "other";
  return KIND_OF_EXTENSION.get(name.slice(dot + 1).toLowerCase()) ?? "other";
}
