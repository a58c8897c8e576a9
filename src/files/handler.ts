import { depthOf, plainPath, type Location } from "../http/location.ts";
import { isCompressible, mediaTypeOf } from "../http/media-type.ts";
import { refuseMethod } from "../http/methods.ts";
import { problemResponse } from "../http/problem-response.ts";
import { isPipelining } from "../http/pipelining.ts";
import { redirectTo } from "../http/redirect.ts";
import { RequestFields } from "../http/request-fields.ts";
import { Archives, parseArchiveQuery } from "./archive/archive.ts";
import { CodingQueue } from "./content/coding-queue.ts";
import { ContentCache, type KeptResource } from "./content/content-cache.ts";
import { MissingPages } from "./missing.ts";
import { embedAll, type EmbeddedText } from "./content/embedded-text.ts";
import { DirectoryListings } from "./listing/directory-listings.ts";
import { giveBack } from "./root/file-content.ts";
import type { DocumentRoot, FileEntry, LocatedDirectory } from "./root/document-root.ts";
import { resourceOfFile } from "./content/file-resource.ts";
import { planRepresentation } from "./content/plan.ts";
import { MAX_ALL_PARTS_BYTES, reply } from "./content/reply.ts";
import { REVALIDATE, type Fields, type Representation } from "./content/representation.ts";
import { Resource } from "./content/resource.ts";
import { SendingBudget, type AnswerSource } from "./content/sending-budget.ts";
import type { Sends } from "./content/sends.ts";
import { checkSibling } from "./content/sibling-check.ts";
import { SiblingVerdicts, type JudgedSiblings } from "./content/sibling-verdicts.ts";
import { Garbage } from "./slices/garbage.ts";
import { Slices } from "./slices/slices.ts";
import { Turns } from "./slices/turns.ts";
import { keyOf, parseTarget, type ServableTarget } from "./root/target.ts";
import { Thumbnails } from "./thumbnails/thumbnails.ts";
import { isUnchanged } from "./root/watched.ts";

/** The root, the embedded files and the settings of `Files`. */
export interface FilesOptions {
  readonly root: DocumentRoot;
  /** Answer a directory without an `index.html` with a generated listing. */
  readonly index: boolean;
  /** Embedded files by path, which no file of the root can replace. */
  readonly reserved: ReadonlyMap<string, EmbeddedText>;
  /** Embedded files by path, for paths at which the root has no file. */
  readonly fallbacks: ReadonlyMap<string, EmbeddedText>;
  /** The size of the content cache, in bytes. */
  readonly cacheBytes: number;
  /** How long, in seconds, an answer may be reused without asking; `undefined` for not at all. */
  readonly maxAgeSeconds: number | undefined;
  /** Not everybody may see the files, so no shared cache may keep them (RFC 9111 §3.5). */
  readonly isPrivate: boolean;
  /** Answer a browser that asks for a missing page with the root's `index.html`. */
  readonly spa: boolean;
  /** Watches files sent from disk; an answer that cannot be watched ends its connection. */
  readonly sends: Sends;
  /** Logs an error after an answer has begun. */
  readonly logError: (error: unknown) => void;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
}

/** The hits and misses of the content cache since the start, and its size now. */
export interface CacheFacts {
  readonly hits: number;
  readonly misses: number;
  readonly entries: number;
  readonly bytes: number;
}

/** A target with the key that all its spellings share. */
type KeyedTarget = ServableTarget & { readonly key: string };

/** A file that was just opened, and the time (ms) at which its lookup began. */
interface OpenedFile extends Pick<KeyedTarget, "key" | "segments"> {
  readonly file: FileEntry;
  readonly startMs: number;
}

type Answer = Response | Promise<Response>;

/** How long (ms) Bun sends the beginning of a file from disk after its answer was made. */
const SENDING_MS = 0.07;

const INDEX_FILE = "index.html";

const ARCHIVE_ADVICE = "Ask for ?archive=tar or ?archive=tar.gz.";

/**
 * Answers requests for files and directories.
 *
 * The stages, in order: method, thumbnail, content cache, our own assets, target, lookup; then by the entry
 * that is found: a file, a directory (redirect, index.html, archive, listing), or nothing (a
 * fallback asset, the page of a single-page application, the 404 page).
 */
export class Files {
  readonly #root: DocumentRoot;
  readonly #options: FilesOptions;
  readonly #cache: ContentCache;
  readonly #verdicts: SiblingVerdicts;
  readonly #archives: Archives;
  readonly #thumbnails: Thumbnails;
  readonly #listings: DirectoryListings;
  readonly #slices = new Slices();
  readonly #turns = new Turns();
  readonly #queue = new CodingQueue();
  readonly #garbage = new Garbage();
  readonly #parts = new SendingBudget(MAX_ALL_PARTS_BYTES);
  readonly #reserved: ReadonlyMap<string, KeptResource>;
  readonly #missing: MissingPages;
  /** The header fields that all files have in common. */
  readonly #fields: Fields;
  #hits = 0;
  #misses = 0;

  constructor(options: FilesOptions) {
    this.#options = options;
    this.#root = options.root;
    const answer = (request: Request, resource: Resource) => this.#answer(request, resource);
    const onForget = this.#garbage.add;
    this.#listings = new DirectoryListings({ ...options, answer, onForget }, this.#slices);
    const { root, logError, now, cacheBytes: maxBytes } = options;
    const turns = this.#turns;
    this.#cache = new ContentCache({ maxBytes, isUnchanged, onForget, turns, now });
    root.onMove(() => this.#cache.clear());
    this.#verdicts = new SiblingVerdicts({
      check: (question, signal) => checkSibling(root, question, signal),
      logError,
      now,
    });
    this.#archives = new Archives(options, this.#slices);
    this.#reserved = embedAll(options.reserved, this.#queue);
    const { maxAgeSeconds, isPrivate } = options;
    const scope = isPrivate ? "private" : "public";
    this.#fields =
      maxAgeSeconds === undefined
        ? REVALIDATE
        : { "Cache-Control": `${scope}, max-age=${maxAgeSeconds}` };
    const fields = this.#fields;
    this.#thumbnails = new Thumbnails({ root, answer, fields });
    const own = { ...options, answer, fields, queue: this.#queue, turns };
    this.#missing = new MissingPages(own, this.#slices);
  }

  /** Answers requests to this server from now on. */
  begin(server: AnswerSource): void {
    this.#parts.begin(server);
  }

  /** The answers from the content cache, those that needed a file, and the cache's size. */
  get cacheFacts(): CacheFacts {
    const { size: entries, bytes } = this.#cache;
    return { hits: this.#hits, misses: this.#misses, entries, bytes };
  }

  /** Stops the work in the background. */
  stop(): void {
    this.#verdicts.stop();
    this.#listings[Symbol.dispose]();
  }

  /** Tells whether the path is that of a directory in the root. */
  hasDirectory(path: string): boolean {
    const target = parseTarget(path);
    return target.kind === "target" && this.#root.openEntry(target.segments).kind === "directory";
  }

  /** Answers a request for a path: synchronously, unless a large directory has to be read. */
  handle(request: Request, location: Location): Answer {
    const refusal = refuseMethod(request);
    if (refusal !== undefined) return refusal;
    const { path } = location;
    const thumbnail = this.#thumbnails.answer(request, location);
    if (thumbnail !== undefined) return thumbnail;
    // First by the path as it came, as most are spelled plainly.
    const known = this.#cached(path) ?? this.#reserved.get(plainPath(path));
    if (known !== undefined) return this.#answer(request, known);
    // lftp sends HEADs ahead; Bun closes a connection on which one waits (Bun: pipelining-closes).
    const waits = this.#slices.isSpent && request.method !== "HEAD";
    if (!waits && this.#missing.isKnown(path)) return this.#missing.answer(request, location);
    const target = parseTarget(path);
    if (target.kind === "malformed") return problemResponse(request, 400);
    const find = () =>
      target.kind === "unservable"
        ? this.#missing.notFound(request)
        : this.#lookUp(request, location, { ...target, key: keyOf(target) });
    return waits ? this.#later(request, find) : find();
  }

  /** Answers in a later turn: hundreds of files that are read in one would hold up an echo. */
  async #later(request: Request, answer: () => Answer): Promise<Response> {
    await this.#slices.turn();
    // A client that has gone reads no answer.
    return request.signal.aborted ? problemResponse(request, 503) : answer();
  }

  #cached(key: string): KeptResource | undefined {
    const cached = this.#cache.get(key);
    if (cached !== undefined) this.#hits++;
    return cached;
  }

  #lookUp(request: Request, location: Location, target: KeyedTarget): Answer {
    const { segments, isDirectory, key } = target;
    // The path may be spelled in another way, or another request may have had the file read meanwhile.
    const cached = this.#cached(key);
    if (cached !== undefined) return this.#answer(request, cached);
    const startMs = performance.now();
    const entry = this.#root.openEntry(segments);
    switch (entry.kind) {
      case "file":
        // `/file.txt/` names a directory, and there is none.
        return isDirectory
          ? this.#missing.notFound(request)
          : this.#file(request, { key, segments, file: entry, startMs });
      case "directory":
        return isDirectory
          ? this.#directory(request, location, { path: entry.path, segments, key })
          : redirectTo(`${encodeURIComponent(segments.at(-1) ?? "")}/`, location.search);
      case "missing":
        this.#missing.note(location.path);
        return this.#missing.answer(request, location);
      case "forbidden":
        return problemResponse(request, 403);
      default:
        return entry satisfies never;
    }
  }

  #file(request: Request, { key, segments, file, startMs }: OpenedFile): Response {
    this.#misses++;
    const judged = this.#findSiblings(segments, file);
    const answered = resourceOfFile(file, judged, {
      name: segments.at(-1) ?? "",
      fields: this.#fields,
      admit: () => this.#cache.admit(file.bytes),
      queue: this.#queue,
    });
    if (answered.kind === "keepable") this.#cache.set(key, answered);
    const response = this.#answer(request, answered.resource);
    for (const each of [file, ...judged.siblings.map((sibling) => sibling.file)]) giveBack(each);
    const [sendingMs, readBytes] = file.content === undefined ? [SENDING_MS, 0] : [0, file.bytes];
    this.#slices.spend(performance.now() - startMs + sendingMs, readBytes);
    return response;
  }

  /** Looks for siblings, but not of a file that compression does not make smaller. */
  #findSiblings(segments: readonly string[], file: FileEntry): JudgedSiblings {
    if (!isCompressible(mediaTypeOf(segments.at(-1) ?? ""))) {
      return { siblings: [], gaps: [], hasNews: undefined };
    }
    const found = this.#root.openSiblings(segments, file);
    const judged = this.#verdicts.judge(file, found);
    for (const sibling of found.siblings) {
      if (!judged.siblings.includes(sibling)) giveBack(sibling.file);
    }
    return judged;
  }

  #directory(
    request: Request,
    { path, search }: Location,
    { key, ...directory }: LocatedDirectory & { readonly key: string },
  ): Answer {
    const startMs = performance.now();
    const segments = [...directory.segments, INDEX_FILE];
    const file = this.#root.openEntry(segments);
    if (file.kind === "file") return this.#file(request, { key, segments, file, startMs });
    // A page that may not be read is no reason to list the files beside it.
    if (file.kind === "forbidden") return problemResponse(request, 403);
    if (!this.#options.index || !this.#root.isListable(directory))
      return this.#missing.notFound(request);
    const archive = parseArchiveQuery(search);
    switch (archive.kind) {
      case "none":
        return this.#listings.answer(request, { ...directory, depth: depthOf(path) }, search);
      case "archive":
        return this.#archives.answer(request, directory, archive.format);
      case "unknown":
        return problemResponse(request, 400, {}, ARCHIVE_ADVICE);
      default:
        return archive satisfies never;
    }
  }

  #answer(request: Request, resource: Resource): Response {
    const fields = new RequestFields(request.headers);
    const representation = resource.prepare(fields);
    const plan = planRepresentation(request.method, fields, representation);
    const response = reply(request, representation, plan, this.#parts);
    if (isPipelining(fields.userAgent) || !this.#isSafe(request, representation, response)) {
      response.headers.set("Connection", "close");
    }
    return response;
  }

  /**
   * Tells whether the client will notice if the file is cut short while it is sent. If not, this is
   * its last answer (Bun: close-heeded), except over HTTP/2 (Bun: close-over-http2).
   */
  #isSafe(request: Request, { source }: Representation, { status }: Response): boolean {
    if (source.kind !== "lease" || request.method !== "GET" || status >= 300) return true;
    return this.#options.sends.watch(request, source.file);
  }
}
