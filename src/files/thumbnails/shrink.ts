import { codeOf } from "../../system/system-error.ts";
import { decodingBytes } from "./decoding-cost.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The outcome of making a picture small. */
export type Shrunk =
  | { readonly kind: "small"; readonly webp: Bytes }
  /** It cannot be decoded, or it would take too much. */
  | { readonly kind: "unfit" }
  /** It takes so much memory that no other may be decoded at the same time. */
  | { readonly kind: "heavy" };

/** The longest side of a thumbnail, in pixels. */
export const THUMBNAIL_PIXELS = 320;

/** The most memory that a picture and its decoding may take, in bytes: the server stays under 250 MB. */
const MAX_WORK_BYTES = 160 * 1024 * 1024;

/** The memory of decoding, in bytes, up to which two pictures are decoded at the same time. */
const LIGHT_BYTES = 16 * 1024 * 1024;

/** The most pixels, however cheap: 200 megapixels of a phone take 0.7 s. */
const MAX_PIXELS = 2 ** 28;

/** A thumbnail is 5 to 20 KB; only a huge color profile, which Bun copies, makes it larger. */
const MAX_THUMBNAIL_BYTES = 256 * 1024;

const QUALITY = 72;

const UNFIT: Shrunk = { kind: "unfit" };

/**
 * Makes a thumbnail of a picture, in WebP, on the thread pool. A photo that was taken on its side is
 * turned upright, and the first picture of an animation stands for all.
 *
 * @param bytes the content of the file, which nobody may change meanwhile
 * @param isAlone no other picture is decoded meanwhile
 */
export async function shrink(bytes: Bytes, isAlone: boolean): Promise<Shrunk> {
  try {
    const image = new Bun.Image(bytes, { maxPixels: MAX_PIXELS });
    const needed = decodingBytes({ bytes, ...(await image.metadata()) });
    if (needed + bytes.length > MAX_WORK_BYTES) return UNFIT;
    if (needed > LIGHT_BYTES && !isAlone) return { kind: "heavy" };
    const webp = await image
      .resize(THUMBNAIL_PIXELS, THUMBNAIL_PIXELS, { fit: "inside", withoutEnlargement: true })
      .webp({ quality: QUALITY })
      .bytes();
    // A copy of its own, as Bun says nothing about the memory behind the bytes.
    return webp.length > MAX_THUMBNAIL_BYTES
      ? UNFIT
      : { kind: "small", webp: new Uint8Array(webp) };
  } catch (error) {
    if (isImageFault(error)) return UNFIT;
    throw error;
  }
}

/** Tells whether the picture is at fault: it is damaged, none at all, too large, or of an unknown kind. */
function isImageFault(error: unknown): boolean {
  return codeOf(error)?.startsWith("ERR_IMAGE_") === true;
}
