import { refuseMethod } from "../http/methods.ts";
import { problemResponse } from "../http/problem-response.ts";
import { chooseProblemForm } from "../http/problem.ts";
import { hrefOfDirectory } from "../listing/page.ts";
import { representDirectory } from "./directory-index.ts";
import type { DocumentRoot, Entry, FileEntry } from "./document-root.ts";
import { planRepresentation } from "./plan.ts";
import { reply, wholeResponse } from "./reply.ts";
import { representFile, representText, type Representation } from "./representation.ts";
import { doInSlices } from "./slices.ts";
import { parseTarget } from "./target.ts";

/** A text that ships with the server. */
interface EmbeddedText {
  readonly text: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the file routes answer from. */
export interface FilesOptions {
  readonly root: DocumentRoot;
  /** Answer a directory without an `index.html` with a generated listing. */
  readonly index: boolean;
  /** By path: ours, whatever the root has. */
  readonly reserved: ReadonlyMap<string, EmbeddedText>;
  /** By path: ours, where the root has no such file. */
  readonly fallbacks: ReadonlyMap<string, EmbeddedText>;
}

/** Where a request goes: its path as it was sent, and its query with the question mark or empty. */
export interface Location {
  readonly path: string;
  readonly search: string;
}

type Answer = Response | Promise<Response>;

const INDEX_FILE = "index.html";
const NOT_FOUND_FILE = "404.html";

/**
 * Answers requests for files and directories.
 *
 * The stages, in order: method, our own assets, target, lookup, then by what is there: a file, a
 * directory (redirect, index.html, listing), or nothing (a fallback asset, the 404 page).
 */
export class Files {
  readonly #root: DocumentRoot;
  readonly #index: boolean;
  readonly #reserved: ReadonlyMap<string, Representation>;
  readonly #fallbacks: ReadonlyMap<string, Representation>;

  constructor({ root, index, reserved, fallbacks }: FilesOptions) {
    this.#root = root;
    this.#index = index;
    this.#reserved = representAll(reserved);
    this.#fallbacks = representAll(fallbacks);
  }

  /** Synchronous unless a large directory has to be read. */
  handle(request: Request, { path, search }: Location): Answer {
    const refusal = refuseMethod(request);
    if (refusal !== undefined) return refusal;
    const reserved = this.#reserved.get(path);
    if (reserved !== undefined) return answer(request, reserved);
    const target = parseTarget(path);
    if (target.kind === "malformed") return problemResponse(request, 400);
    if (target.kind === "unservable") return this.#notFound(request);
    const { segments, isDirectory } = target;
    const entry = this.#root.lookup(segments);
    switch (entry.kind) {
      case "file":
        // `/file.txt/` names a directory, and there is none.
        return isDirectory ? this.#notFound(request) : answerFile(request, segments, entry);
      case "directory":
        return isDirectory
          ? this.#answerDirectory(request, segments, entry.path, search)
          : redirect(hrefOfDirectory(segments) + search);
      case "missing":
        return this.#answerFallback(request, path);
      case "forbidden":
        return problemResponse(request, 403);
      default:
        return entry satisfies never;
    }
  }

  #answerDirectory(
    request: Request,
    segments: readonly string[],
    path: string,
    search: string,
  ): Answer {
    const indexFile = this.#root.lookup([...segments, INDEX_FILE]);
    if (indexFile.kind === "file") return answerFile(request, [INDEX_FILE], indexFile);
    if (!this.#index) return this.#notFound(request);
    return this.#list(request, segments, path, search);
  }

  #list(request: Request, segments: readonly string[], path: string, search: string): Answer {
    const accept = request.headers.get("accept") ?? undefined;
    const work = representDirectory(this.#root, { path, segments }, search, accept);
    const listing = doInSlices(work);
    return listing instanceof Promise
      ? listing.then((settled) => answer(request, settled))
      : answer(request, listing);
  }

  #answerFallback(request: Request, path: string): Response {
    const fallback = this.#fallbacks.get(path);
    return fallback === undefined ? this.#notFound(request) : answer(request, fallback);
  }

  /** People who browse get the root's own 404 page, if it has one. */
  #notFound(request: Request): Response {
    const accept = request.headers.get("accept") ?? undefined;
    if (chooseProblemForm(accept) !== "html") return problemResponse(request, 404);
    const page: Entry = this.#root.lookup([NOT_FOUND_FILE]);
    if (page.kind !== "file") return problemResponse(request, 404);
    return wholeResponse(request, representFile(NOT_FOUND_FILE, page), 404);
  }
}

function answerFile(request: Request, segments: readonly string[], file: FileEntry): Response {
  return answer(request, representFile(segments.at(-1) ?? "", file));
}

function answer(request: Request, representation: Representation): Response {
  const plan = planRepresentation(request.method, request.headers, representation);
  return reply(request, representation, plan);
}

/** Relative to the host, so it leads to whatever name and scheme the client knows us by. */
function redirect(location: string): Response {
  return new Response(null, {
    status: 301,
    headers: { Location: location, "Cache-Control": "no-cache" },
  });
}

function representAll(texts: ReadonlyMap<string, EmbeddedText>): Map<string, Representation> {
  return new Map(
    Array.from(texts, ([path, { text, contentType, headers }]) => [
      path,
      representText(text, contentType, headers),
    ]),
  );
}
