/** The kinds of entries that a browser may be able to show, by the class of their link. */
const KINDS = /** @type {const} */ (["image", "video", "audio"]);

/**
 * Returns the kind of what a link leads to; undefined if the viewer has no way to show it.
 * @param {Element} link
 */
export function kindOf(link) {
  return KINDS.find((kind) => link.classList.contains(kind));
}

/**
 * Makes the elements that show what a link leads to: of a picture at first its thumbnail, enlarged.
 * @param {HTMLAnchorElement} link
 * @param {{ onReady: () => void, onFailure: () => void }} callbacks
 */
export function makeMedia(link, { onReady, onFailure }) {
  const kind = kindOf(link);
  const element = kind === "video" || kind === "audio" ? makePlayer(kind) : makePicture(link);
  element.addEventListener("error", onFailure, { once: true });
  element.addEventListener(kind === "image" ? "load" : "loadedmetadata", onReady, { once: true });
  element.src = link.href;
  const thumbnail = link.querySelector("img");
  const isEnlarged = kind === "image" && thumbnail?.src.endsWith("?thumbnail") === true;
  if (!isEnlarged || thumbnail.hidden || thumbnail.naturalWidth === 0) return [element];
  const preview = new Image();
  preview.className = "preview";
  preview.alt = "";
  preview.src = thumbnail.src;
  // The picture has the size of its preview from the first on, and takes its place.
  element.addEventListener("load", () => preview.remove(), { once: true });
  return [preview, element];
}

/** @param {"video" | "audio"} kind */
function makePlayer(kind) {
  const player = document.createElement(kind);
  player.controls = true;
  player.preload = "metadata";
  if (player instanceof HTMLVideoElement) player.playsInline = true;
  return player;
}

/** @param {HTMLAnchorElement} link */
function makePicture(link) {
  const picture = new Image();
  picture.alt = link.textContent ?? "";
  return picture;
}
