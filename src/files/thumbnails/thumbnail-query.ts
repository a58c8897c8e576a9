import type { Location } from "../../http/location.ts";

/**
 * Tells whether a request asks for the thumbnail of a file: `photo.jpg?thumbnail`. A drawing in SVG is
 * small at any size, so it is its own thumbnail.
 */
export function asksForThumbnail({ path, search }: Location): boolean {
  if (!search.includes("thumbnail") || /\.svg$/i.test(path)) return false;
  return new URLSearchParams(search).has("thumbnail");
}
