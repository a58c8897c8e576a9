import type { ListingRow } from "../root/directory-entry.ts";
import { iconOf } from "./icons.ts";
import { hrefOf } from "./page.ts";

/** The modules of `public/grid/` that its `main.js` imports, itself or by way of others. */
const PRELOADED_MODULES = ["media", "swipe", "tiles", "viewer"];

/** The side of a thumbnail in pixels, which is the largest that a tile becomes. */
const THUMBNAIL_PIXELS = 320;

/** The size of a picture, in bytes, up to which a thumbnail would save nothing. */
const SMALL_BYTES = 16 * 1024;

/** The pictures that a thumbnail can be made of, and the ones that browsers show as they are. */
const SHRINKABLE = /\.(?:jpe?g|jfif|png|gif|webp|bmp)$/i;
const SHOWN_AS_IT_IS = /\.(?:jpe?g|jfif|png|gif|webp|bmp|avif|ico)$/i;
const DRAWING = /\.svg$/i;

/** Tells whether a grid is offered: at least half of the files of the page are pictures. */
export function hasManyPictures(rows: readonly ListingRow[]): boolean {
  const files = rows.filter(({ kind }) => kind === "file");
  const pictures = files.filter((file) => iconOf(file) === "image");
  return pictures.length > 0 && 2 * pictures.length >= files.length;
}

/** Renders the picture of a tile; nothing for an entry that has none, as its icon is there already. */
export function renderPicture(row: ListingRow): string {
  const source = sourceOf(row);
  const size = `width="${THUMBNAIL_PIXELS}" height="${THUMBNAIL_PIXELS}"`;
  return source === undefined
    ? ""
    : `<img src="${source}" alt="" loading="lazy" decoding="async" ${size}>`;
}

function sourceOf(row: ListingRow): string | undefined {
  const { name, kind, bytes = Infinity } = row;
  if (kind === "directory" || bytes === 0) return undefined;
  const isSmall = bytes <= SMALL_BYTES && SHOWN_AS_IT_IS.test(name);
  if (isSmall || DRAWING.test(name)) return hrefOf(row);
  return SHRINKABLE.test(name) ? `${hrefOf(row)}?thumbnail` : undefined;
}

/**
 * Renders the style and the scripts that only a grid needs.
 *
 * @param root the relative reference of the root
 */
export function renderGridHead(root: string): string {
  const path = `${root}.meerkat/grid`;
  const preloads = PRELOADED_MODULES.map(
    (name) => `<link rel="modulepreload" href="${path}/${name}.js">`,
  );
  const script = `<script type="module" src="${path}/main.js"></script>`;
  return [`<link rel="stylesheet" href="${path}.css">`, ...preloads, script].join("\n");
}

/** The viewer of a grid, which only the script opens. */
export const VIEWER = `<dialog id="viewer" aria-labelledby="viewer-name">
<div class="bar">
<p><strong id="viewer-name" aria-live="polite"></strong> <span id="viewer-details"></span></p>
<a id="viewer-original" href="./">Original</a>
<button id="viewer-close" type="button" aria-label="Close">✕</button>
</div>
<div class="stage" id="viewer-stage"></div>
<button id="viewer-previous" type="button" aria-label="Previous">‹</button>
<button id="viewer-next" type="button" aria-label="Next">›</button>
</dialog>
`;
