import { basename } from "node:path";
import { formatAttachment } from "../../http/content-disposition.ts";
import { problemResponse } from "../../http/problem-response.ts";
import { gzipStream } from "../content/compression.ts";
import { streamOf } from "../slices/body-stream.ts";
import type { DocumentRoot, LocatedDirectory } from "../root/document-root.ts";
import { walkTree, type Member, type Top } from "./document-tree.ts";
import type { Slices } from "../slices/slices.ts";
import { formatTarHeader, TAR_END, tarPadding } from "./tar.ts";
import { isHidden, isServableName } from "../root/target.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The formats of an archive, named by its file extension. */
export type ArchiveFormat = "tar" | "tar.gz";

/** An archive that the query of a directory's URL asks for. */
export type ArchiveQuery =
  | { readonly kind: "none" }
  | { readonly kind: "archive"; readonly format: ArchiveFormat }
  | { readonly kind: "unknown" };

/** The directory to archive from, and the error log. */
export interface ArchivesOptions {
  readonly root: DocumentRoot;
  /** Logs the error that broke an archive off. */
  readonly logError: (error: unknown) => void;
}

const CONTENT_TYPES = {
  tar: "application/x-tar",
  "tar.gz": "application/gzip",
} as const satisfies Record<ArchiveFormat, string>;

/** The most archives at a time: each keeps a thread busy and two descriptors open. */
const MAX_ARCHIVES = 4;

/** The time after which to ask again: a guess, as nobody knows how large archives are. */
const RETRY_LATER = { "Retry-After": "10" };

/** The most bytes of small pieces sent together: a header alone would be a chunk of its own. */
const CHUNK_BYTES = 128 * 1024;

/** The name of an archive of the root, if the root's own name is hidden or cannot be in a URL. */
const NAMELESS = "files";

/**
 * Parses the query of a directory's URL for an archive.
 *
 * @param search with or without its question mark
 * @example parseArchiveQuery("?archive=tar.gz") // { kind: "archive", format: "tar.gz" }
 */
export function parseArchiveQuery(search: string): ArchiveQuery {
  const format = new URLSearchParams(search).get("archive");
  if (format === null) return { kind: "none" };
  return format === "tar" || format === "tar.gz"
    ? { kind: "archive", format }
    : { kind: "unknown" };
}

/** Sends directories as archives, a few at a time. */
export class Archives {
  readonly #root: DocumentRoot;
  readonly #logError: (error: unknown) => void;
  readonly #slices: Slices;
  #running = 0;

  constructor({ root, logError }: ArchivesOptions, slices: Slices) {
    this.#root = root;
    this.#slices = slices;
    this.#logError = logError;
  }

  /** Answers with an archive at once, which is made only as fast as the client takes it. */
  answer(request: Request, directory: LocatedDirectory, format: ArchiveFormat): Response {
    if (this.#running >= MAX_ARCHIVES) {
      return problemResponse(
        request,
        503,
        RETRY_LATER,
        "Other archives are being sent. Try again.",
      );
    }
    const top = this.#topOf(directory);
    const headers = {
      "Content-Type": CONTENT_TYPES[format],
      "Content-Disposition": formatAttachment(`${top.name}.${format}`),
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    };
    // An unread stream: without a body Bun says Content-Length: 0 (Bun: head-of-nothing).
    if (request.method === "HEAD") return new Response(new ReadableStream(), { headers });
    this.#running += 1;
    const members = walkTree(this.#root, top, this.#slices);
    const tar = inChunks(formatTar(members));
    const stream = streamOf(format === "tar" ? tar : gzipStream(tar), {
      onFailure: this.#logError,
      onEnd: () => (this.#running -= 1),
    });
    return new Response(stream, { headers });
  }

  #topOf({ path, segments }: LocatedDirectory): Top {
    const name = segments.at(-1) ?? basename(this.#root.path);
    const isFit = isServableName(name) && (segments.length > 0 || !isHidden(name));
    return { realPath: path, within: this.#root.path, name: isFit ? name : NAMELESS };
  }
}

async function* formatTar(members: AsyncIterable<Member>): AsyncGenerator<Bytes, void, void> {
  for await (const { entry, content } of members) {
    yield formatTarHeader(entry);
    if (content !== undefined) yield* content;
    if (entry.kind === "file") yield tarPadding(entry.bytes);
  }
  yield TAR_END;
}

/** Gathers small pieces into chunks that are worth sending. */
async function* inChunks(pieces: AsyncIterable<Bytes>): AsyncGenerator<Bytes, void, void> {
  const gathered = new Uint8Array(CHUNK_BYTES);
  let used = 0;
  for await (const piece of pieces) {
    const isLarge = piece.length > CHUNK_BYTES / 2;
    if (used > 0 && (isLarge || used + piece.length > CHUNK_BYTES)) {
      yield gathered.slice(0, used);
      used = 0;
    }
    if (isLarge) {
      yield piece;
    } else {
      gathered.set(piece, used);
      used += piece.length;
    }
  }
  if (used > 0) yield gathered.slice(0, used);
}
