import type { Location } from "../../http/location.ts";
import { mediaTypeOf } from "../../http/media-type.ts";
import { problemResponse } from "../../http/problem-response.ts";
import { matchesWeakly, parseEntityTags } from "../../http/validators.ts";
import {
  etagOfMade,
  representMade,
  type Fields,
  type FileState,
} from "../content/representation.ts";
import { Resource } from "../content/resource.ts";
import type { DocumentRoot, FileEntry } from "../root/document-root.ts";
import { giveBack } from "../root/file-content.ts";
import { Recent } from "../slices/recent.ts";
import { parseTarget } from "../root/target.ts";
import { asksForThumbnail } from "./thumbnail-query.ts";
import { readPicture, type FoundPicture } from "./read-picture.ts";
import { shrink, THUMBNAIL_PIXELS, type Shrunk } from "./shrink.ts";
import { ThumbnailQueue } from "./thumbnail-queue.ts";

/** The root, the fields and the callback of `Thumbnails`. */
export interface ThumbnailsOptions {
  readonly root: DocumentRoot;
  /** The header fields that all files have in common. */
  readonly fields: Fields;
  /** Answers with a resource, as the preconditions and the range of the request ask for. */
  readonly answer: (request: Request, resource: Resource) => Response;
}

/** A request for the thumbnail of a file. */
export interface ThumbnailRequest {
  readonly request: Request;
  /** The name in the URL, which decides whether the file counts as a picture. */
  readonly name: string;
  /** The file as it was looked up for this request. */
  readonly file: FileEntry;
  /** Answers with another lookup; `undefined` if that was tried already. */
  readonly again: (() => Answer) | undefined;
}

type Answer = Response | Promise<Response>;

/** The file of a thumbnail, in the state of its lookup. */
type Picture = FileState & FoundPicture;

type Kept = Exclude<Shrunk, { readonly kind: "heavy" }>;

type Outcome = Kept | { readonly kind: "changed" };

const CHANGED: Outcome = { kind: "changed" };

/** The body of a 304. */
const NOTHING: Kept = { kind: "small", webp: new Uint8Array(0) };

/** The largest file that has a thumbnail, in bytes. It is read into memory as a whole. */
const MAX_PICTURE_BYTES = 64 * 1024 * 1024;

/** The memory of the thumbnails that are kept, in bytes: there is room for 2,000 and more. */
const MAX_KEPT_BYTES = 32 * 1024 * 1024;

/** The memory of an entry besides its thumbnail, in bytes. */
const ENTRY_BYTES = 512;

/** The part of an ETag that changes when thumbnails are made in another way. */
const FORM = `webp${THUMBNAIL_PIXELS}`;

/** The first of 256 thumbnails make room at once, the last take some ten seconds. */
const RETRY_SOON = { "Retry-After": "2" };

const BUSY_ADVICE = "Many thumbnails are being made. Try again.";
const CHANGING_ADVICE = "The picture is being changed. Try again.";
const UNFIT_ADVICE =
  "There is no thumbnail of this file: it is not a JPEG, PNG, WebP, GIF or BMP, or it is damaged or too large.";

/**
 * Answers requests for thumbnails. A thumbnail is made of the very bytes that a request for the file
 * would get, and kept until the file changes; those that were not used for longest go first. A file that
 * has none is remembered too.
 */
export class Thumbnails {
  readonly #options: ThumbnailsOptions;
  readonly #queue = new ThumbnailQueue<Outcome>();
  /** The thumbnails by the state of their files. */
  readonly #kept = new Recent<Kept>({ most: MAX_KEPT_BYTES, weigh: weightOf });

  constructor(options: ThumbnailsOptions) {
    this.#options = options;
  }

  /**
   * Answers a request for the thumbnail of a file; `undefined` for any other, and if there is no file.
   *
   * @param isAgain the file has changed since it was looked up, so it is looked up anew
   */
  answer(request: Request, location: Location, isAgain = false): Answer | undefined {
    const target = asksForThumbnail(location) ? parseTarget(location.path) : undefined;
    if (target?.kind !== "target" || target.isDirectory) return undefined;
    const file = this.#options.root.openEntry(target.segments);
    if (file.kind !== "file") return undefined;
    const lookAgain = () => this.answer(request, location, true) ?? problemResponse(request, 404);
    const again = isAgain ? undefined : lookAgain;
    return this.answerFor({ request, name: target.segments.at(-1) ?? "", file, again });
  }

  /** Answers with the thumbnail of a file: synchronously, unless it has to be made. */
  answerFor({ request, name, file, again }: ThumbnailRequest): Answer {
    giveBack(file);
    const { lookupPath, fingerprint, isSettled, lookupMs, bytes } = file;
    const picture = { lookupPath, fingerprint, isSettled, lookupMs, bytes };
    if (!isPicture(name, picture)) return problemResponse(request, 415, {}, UNFIT_ADVICE);
    const key = keyOf(picture);
    const kept = this.#kept.peek(key);
    if (kept !== undefined) return this.#send(request, picture, this.#kept.use(key, kept));
    // A client that has it already causes no work, also after a restart.
    if (hasCurrent(request, picture)) return this.#send(request, picture, NOTHING);
    const make = (isAlone: boolean) => this.#make(key, picture, isAlone);
    const making = this.#queue.ask(key, make, request.signal);
    if (making === undefined) return problemResponse(request, 503, RETRY_SOON, BUSY_ADVICE);
    return making.then(
      (outcome) => {
        if (outcome.kind !== "changed") return this.#send(request, picture, outcome);
        return again?.() ?? problemResponse(request, 503, RETRY_SOON, CHANGING_ADVICE);
      },
      (error: unknown) => {
        if (request.signal.aborted) return problemResponse(request, 503); // there is nobody to read it
        throw error;
      },
    );
  }

  async #make(key: string, picture: Picture, isAlone: boolean): Promise<Outcome | undefined> {
    const content = await readPicture(this.#options.root, picture);
    if (content === undefined) return CHANGED;
    try {
      const shrunk = await shrink(content, isAlone);
      if (shrunk.kind === "heavy") return undefined;
      // Another change of an unsettled file may leave no trace.
      return picture.isSettled ? this.#kept.use(key, shrunk) : shrunk;
    } finally {
      giveBack({ content });
      // Otherwise the next one adds to the memory of this one (Bun: picture-kept).
      if (isAlone) Bun.gc(true);
    }
  }

  #send(request: Request, picture: Picture, kept: Kept): Response {
    if (kept.kind === "unfit") return problemResponse(request, 415, {}, UNFIT_ADVICE);
    const { answer, fields } = this.#options;
    const made = { form: FORM, content: kept.webp, contentType: "image/webp" };
    return answer(request, new Resource(representMade(picture, made, fields)));
  }
}

/** Tells whether a file may be a picture, by its name and size. */
function isPicture(name: string, { bytes }: Picture): boolean {
  return mediaTypeOf(name).startsWith("image/") && bytes <= MAX_PICTURE_BYTES;
}

/** Tells whether a client names the ETag of the thumbnail, which it knows only if there is one. */
function hasCurrent({ headers }: Request, picture: Picture): boolean {
  const field = headers.get("if-none-match");
  const tags = field === null ? undefined : parseEntityTags(field);
  if (tags === undefined || tags === "*") return false;
  const etag = etagOfMade(picture, FORM);
  return tags.some((tag) => matchesWeakly(tag, etag));
}

/** Writes the state of a file down: two files never share it, and no file has it twice. */
function keyOf({ fingerprint, isSettled, lookupMs }: Picture): string {
  const { device, inode, size, modifiedNs, changedNs } = fingerprint;
  const moment = isSettled ? "" : `@${lookupMs}`;
  return `${device}-${inode}-${size}-${modifiedNs}-${changedNs}${moment}`;
}

function weightOf(kept: Kept): number {
  return ENTRY_BYTES + (kept.kind === "small" ? kept.webp.length : 0);
}
