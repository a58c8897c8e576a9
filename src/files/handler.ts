import { depthOf, plainPath, type Location } from "../http/location.ts";
import { isCompressible, mediaTypeOf } from "../http/media-type.ts";
import { refuseMethod } from "../http/methods.ts";
import { notFoundResponse, problemResponse } from "../http/problem-response.ts";
import { chooseProblemForm } from "../http/problem.ts";
import { isPipelining } from "../http/pipelining.ts";
import { redirectTo } from "../http/redirect.ts";
import { readFields } from "../http/request-fields.ts";
import { Archives, parseArchiveQuery } from "./archive/archive.ts";
import { ContentCache, type KeptResource } from "./content/content-cache.ts";
import { DirectoryListings } from "./listing/directory-listings.ts";
import type { DocumentRoot, FileEntry, LocatedDirectory } from "./root/document-root.ts";
import { isSmall, resourceOfFile } from "./content/file-resource.ts";
import { planRepresentation } from "./content/plan.ts";
import { Recent } from "./slices/recent.ts";
import { MAX_ALL_PARTS_BYTES, reply, wholeResponse } from "./content/reply.ts";
import {
  representFile,
  representText,
  REVALIDATE,
  type Fields,
  type MemorySource,
  type Representation,
} from "./content/representation.ts";
import { Resource } from "./content/resource.ts";
import { SendingBudget, type AnswerSource } from "./content/sending-budget.ts";
import type { Sends } from "./content/sends.ts";
import { checkSibling } from "./content/sibling-check.ts";
import { SiblingVerdicts, type JudgedVariants } from "./content/sibling-verdicts.ts";
import { Slices } from "./slices/slices.ts";
import { parseTarget } from "./root/target.ts";
import { isUnchanged } from "./root/watched.ts";

/** A file of `public/` in the server itself, so that it exists wherever the server runs. */
export interface EmbeddedText {
  readonly text: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
}

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

type Answer = Response | Promise<Response>;

const INDEX_FILE = "index.html";
const NOT_FOUND_FILE = "404.html";

const ARCHIVE_ADVICE = "Ask for ?archive=tar or ?archive=tar.gz.";

/** The pages of single-page applications to keep: the current one, and the one before. */
const RECENT_PAGES = 2;

/**
 * Answers requests for files and directories.
 *
 * The stages, in order: method, content cache, our own assets, target, lookup; then by the entry
 * that is found: a file, a directory (redirect, index.html, archive, listing), or nothing (a
 * fallback asset, the page of a single-page application, the 404 page).
 */
export class Files {
  readonly #root: DocumentRoot;
  readonly #options: FilesOptions;
  readonly #cache: ContentCache;
  readonly #verdicts: SiblingVerdicts;
  readonly #archives: Archives;
  readonly #listings: DirectoryListings;
  readonly #slices = new Slices();
  readonly #parts = new SendingBudget(MAX_ALL_PARTS_BYTES);
  readonly #reserved: ReadonlyMap<string, KeptResource>;
  readonly #fallbacks: ReadonlyMap<string, KeptResource>;
  /** The pages of single-page applications, by ETag. */
  readonly #pages = new Recent<KeptResource>({ most: RECENT_PAGES });
  /** The header fields that all files have in common. */
  readonly #fields: Fields;
  #hits = 0;
  #misses = 0;

  constructor(options: FilesOptions) {
    this.#options = options;
    this.#root = options.root;
    this.#listings = new DirectoryListings(
      { ...options, answer: (request, resource) => this.#answer(request, resource) },
      this.#slices,
    );
    this.#cache = new ContentCache(options.cacheBytes, isUnchanged, options.now);
    const { root, logError, now } = options;
    root.onMove(() => this.#cache.clear());
    this.#verdicts = new SiblingVerdicts({
      check: (question, signal) => checkSibling(root, question, signal),
      logError,
      now,
    });
    this.#archives = new Archives(options, this.#slices);
    this.#reserved = embedAll(options.reserved);
    this.#fallbacks = embedAll(options.fallbacks);
    const { maxAgeSeconds, isPrivate } = options;
    const scope = isPrivate ? "private" : "public";
    this.#fields =
      maxAgeSeconds === undefined
        ? REVALIDATE
        : { "Cache-Control": `${scope}, max-age=${maxAgeSeconds}` };
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
  }

  /** Tells whether the path is that of a directory in the root. */
  hasDirectory(path: string): boolean {
    const target = parseTarget(path);
    return target.kind === "target" && this.#root.lookup(target.segments).kind === "directory";
  }

  /** Answers a request for a path: synchronously, unless a large directory has to be read. */
  handle(request: Request, { path, search }: Location): Answer {
    const refusal = refuseMethod(request);
    if (refusal !== undefined) return refusal;
    const cached = this.#cache.get(path);
    if (cached !== undefined) this.#hits++;
    const known = cached ?? this.#reserved.get(plainPath(path));
    if (known !== undefined) return this.#answer(request, known);
    const target = parseTarget(path);
    if (target.kind === "malformed") return problemResponse(request, 400);
    if (target.kind === "unservable") return this.#notFound(request);
    const { segments, isDirectory } = target;
    const entry = this.#root.lookup(segments);
    switch (entry.kind) {
      case "file":
        // `/file.txt/` names a directory, and there is none.
        return isDirectory ? this.#notFound(request) : this.#file(request, path, segments, entry);
      case "directory":
        return isDirectory
          ? this.#directory(request, { path, search }, { path: entry.path, segments })
          : redirectTo(`${encodeURIComponent(segments.at(-1) ?? "")}/`, search);
      case "missing":
        return this.#fallback(request, { path, search });
      case "forbidden":
        return problemResponse(request, 403);
      default:
        return entry satisfies never;
    }
  }

  #file(request: Request, path: string, segments: readonly string[], file: FileEntry): Response {
    this.#misses++;
    const answered = resourceOfFile(file, this.#variants(segments, file), {
      name: segments.at(-1) ?? "",
      fields: this.#fields,
      isWelcome: this.#cache.accepts(file.bytes),
    });
    if (answered.kind === "keepable") this.#cache.set(path, answered);
    return this.#answer(request, answered.resource);
  }

  /** Looks for siblings, but not of a file that compression does not make smaller. */
  #variants(segments: readonly string[], file: FileEntry): JudgedVariants {
    return isCompressible(mediaTypeOf(segments.at(-1) ?? ""))
      ? this.#verdicts.judge(file, this.#root.lookupVariants(segments, file))
      : { siblings: [], gaps: [], hasNews: undefined };
  }

  #directory(request: Request, { path, search }: Location, directory: LocatedDirectory): Answer {
    const indexSegments = [...directory.segments, INDEX_FILE];
    const indexFile = this.#root.lookup(indexSegments);
    if (indexFile.kind === "file") return this.#file(request, path, indexSegments, indexFile);
    // A page that may not be read is no reason to list the files beside it.
    if (indexFile.kind === "forbidden") return problemResponse(request, 403);
    if (!this.#options.index || !this.#root.lists(directory)) return this.#notFound(request);
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

  #fallback(request: Request, { path, search }: Location): Response {
    const own = plainPath(path);
    const fallback = this.#fallbacks.get(own);
    // The references of a page hold only without a slash at the end.
    const isPage = own.endsWith(".html");
    if (isPage && fallback !== undefined && path.endsWith("/"))
      return redirectTo(`..${own}`, search);
    if (fallback !== undefined) return this.#answer(request, fallback);
    if (!this.#options.spa || !wantsPage(request)) return this.#notFound(request);
    const page = this.#root.lookup([INDEX_FILE]);
    if (page.kind !== "file") return this.#notFound(request);
    // At the same address a script gets 404, so the answer depends on Accept.
    const fields = { ...this.#fields, Vary: "Accept" };
    const resource = isSmall(page)
      ? this.#recall(representFile(INDEX_FILE, page, fields))
      : new Resource(representFile(INDEX_FILE, page, fields));
    return this.#answer(request, resource);
  }

  /**
   * Returns the resource of an unchanged page with the codings made so far. A new resource for each
   * request would be compressed each time, and sent as it is.
   */
  #recall(representation: Representation<MemorySource>): KeptResource {
    const { etag } = representation.validators;
    return this.#pages.use(etag, this.#pages.peek(etag) ?? new Resource(representation));
  }

  #answer(request: Request, resource: Resource): Response {
    const fields = readFields(request.headers);
    const representation = resource.select(fields);
    const plan = planRepresentation(request.method, fields, representation);
    const response = reply(request, representation, plan, this.#parts);
    if (isPipelining(fields["user-agent"]) || !this.#isSafe(request, representation, response)) {
      response.headers.set("Connection", "close");
    }
    return response;
  }

  /**
   * Tells whether the client will notice if the file is cut short while it is sent. If not, this is
   * its last answer (Bun: close-heeded), except over HTTP/2 (Bun: close-over-http2).
   */
  #isSafe(request: Request, { source }: Representation, { status }: Response): boolean {
    if (source.kind === "memory" || request.method !== "GET" || status >= 300) return true;
    return this.#options.sends.watch(request, source.file);
  }

  /** Answers 404; a person who browses gets the root's own page, if it has one. */
  #notFound(request: Request): Response {
    const page = wantsPage(request) ? this.#root.lookup([NOT_FOUND_FILE]) : undefined;
    if (page?.kind !== "file") return notFoundResponse(request);
    const fields = { "Cache-Control": "no-store", Vary: "Accept" };
    return wholeResponse(request, representFile(NOT_FOUND_FILE, page, fields), 404);
  }
}

/** Tells whether a browser asks for a page; scripts and the assets of a page do not. */
function wantsPage(request: Request): boolean {
  return chooseProblemForm(request.headers.get("accept") ?? undefined) === "html";
}

function embedAll(texts: ReadonlyMap<string, EmbeddedText>): Map<string, KeptResource> {
  return new Map(
    Array.from(texts, ([path, { text, contentType, headers }]) => [
      path,
      new Resource(representText(text, contentType, { ...REVALIDATE, ...headers })),
    ]),
  );
}
