import { FieldMemo } from "../http/field-memo.ts";
import { plainPath, type Location } from "../http/location.ts";
import { notFoundResponse } from "../http/problem-response.ts";
import { chooseProblemForm, type ProblemForm } from "../http/problem.ts";
import { redirectTo } from "../http/redirect.ts";
import type { CodingQueue } from "./content/coding-queue.ts";
import type { KeptResource } from "./content/content-cache.ts";
import { embedAll, type EmbeddedText } from "./content/embedded-text.ts";
import { isSmall } from "./content/file-resource.ts";
import { wholeResponse } from "./content/reply.ts";
import {
  etagOf,
  keptSourceOf,
  passingSourceOf,
  representFile,
  type Fields,
  type FileNaming,
  type Representation,
} from "./content/representation.ts";
import { Resource } from "./content/resource.ts";
import type { DocumentRoot, SmallFile } from "./root/document-root.ts";
import { giveBack } from "./root/file-content.ts";
import { isUnchanged, type Watched } from "./root/watched.ts";
import { Recent } from "./slices/recent.ts";
import type { Slices } from "./slices/slices.ts";
import type { Turns } from "./slices/turns.ts";

/** The sources of answers for paths that the root does not have. */
export interface MissingPagesOptions {
  readonly root: DocumentRoot;
  /** Embedded files by path, for paths at which the root has no file. */
  readonly fallbacks: ReadonlyMap<string, EmbeddedText>;
  /** Answers a browser at a missing page with the root's `index.html`. */
  readonly spa: boolean;
  /** The header fields that all files have in common. */
  readonly fields: Fields;
  /** Answers with a resource, in the coding and the range that the request asks for. */
  readonly answer: (request: Request, resource: Resource) => Response;
  /** Makes the codings of fallbacks and of that page. */
  readonly queue: CodingQueue;
  /** The turns of the event loop, in which the disk is looked at once. */
  readonly turns: Turns;
}

/** The root's own 404 page, and the states in which it was read. */
interface OwnPage {
  readonly page: Representation;
  readonly watched: readonly Watched[];
}

const INDEX_FILE = "index.html";
const NOT_FOUND_FILE = "404.html";

/** The fields of the root's own 404 page. */
const NOT_FOUND_FIELDS: Fields = { "Cache-Control": "no-store", Vary: "Accept" };

/** The Accept fields whose choice is remembered. */
const MOST_ACCEPTS = 64;

/** The paths that are remembered as missing until the turn ends. */
const MOST_MISSING = 256;

/** The pages of single-page applications to keep: the current one, and the one before. */
const RECENT_PAGES = 2;

/**
 * Answers requests for paths that the root does not have: with an asset of ours, the page of a
 * single-page application, or a 404 page.
 */
export class MissingPages {
  readonly #options: MissingPagesOptions;
  readonly #slices: Slices;
  readonly #fallbacks: ReadonlyMap<string, KeptResource>;
  /** The pages of single-page applications, by ETag. */
  readonly #pages = new Recent<KeptResource>({ most: RECENT_PAGES });
  readonly #forms = new FieldMemo(chooseProblemForm, MOST_ACCEPTS);
  /** The paths at which there was nothing, in the turn below. */
  readonly #known = new Set<string>();
  #knownTurn = -1;
  /** The root's own 404 page if it can be kept, as it was in the turn below. */
  #ownPage: OwnPage | undefined;
  #ownPageTurn = -1;

  /** @param slices counts the time for reading pages */
  constructor(options: MissingPagesOptions, slices: Slices) {
    this.#options = options;
    this.#slices = slices;
    options.root.onMove(() => this.#forgetOwnPage());
    this.#fallbacks = embedAll(options.fallbacks, options.queue);
  }

  /** Notes that a path is missing in this turn of the event loop. */
  note(path: string): void {
    const { current } = this.#options.turns;
    if (this.#knownTurn !== current) this.#known.clear();
    this.#knownTurn = current;
    if (this.#known.size < MOST_MISSING) this.#known.add(path);
  }

  /** Tells whether a path was found missing in this turn of the event loop. */
  isKnown(path: string): boolean {
    return this.#knownTurn === this.#options.turns.current && this.#known.has(path);
  }

  /** Answers a request for a missing path. */
  answer(request: Request, { path, search }: Location): Response {
    const { root, spa, fields, answer } = this.#options;
    const own = plainPath(path);
    const fallback = this.#fallbacks.get(own);
    // The references of a page hold only without a slash at the end.
    const isPage = own.endsWith(".html");
    if (isPage && fallback !== undefined && path.endsWith("/")) {
      return redirectTo(`..${own}`, search);
    }
    if (fallback !== undefined) return answer(request, fallback);
    if (!spa || this.#formFor(request) !== "html") return this.notFound(request);
    const startMs = performance.now();
    const page = root.openEntry([INDEX_FILE]);
    if (page.kind !== "file") return this.notFound(request);
    // At the same address a script gets 404, so the answer depends on Accept.
    const naming = { name: INDEX_FILE, fields: { ...fields, Vary: "Accept" } };
    if (!isSmall(page)) {
      return answer(request, new Resource(representFile(page, passingSourceOf(page), naming)));
    }
    const response = answer(request, this.#recall(page, naming));
    giveBack(page);
    this.#slices.spend(performance.now() - startMs);
    return response;
  }

  /** Answers 404; a person who browses gets the root's own page, if it has one. */
  notFound(request: Request): Response {
    const form = this.#formFor(request);
    if (form !== "html") return notFoundResponse(request, form);
    const kept = this.#recallOwnPage();
    if (kept !== undefined) return wholeResponse(request, kept.page, 404);
    if (this.#ownPageTurn === this.#options.turns.current) return notFoundResponse(request, form);
    return this.#lookForOwnPage(request) ?? notFoundResponse(request, form);
  }

  /** Returns the form of the answer; scripts and the assets of a page do not want a page. */
  #formFor({ headers }: Request): ProblemForm {
    const accept = headers.get("accept");
    return accept === null ? chooseProblemForm(undefined) : this.#forms.get(accept);
  }

  /** Returns the root's own page, if it is kept and has not changed until this turn. */
  #recallOwnPage(): OwnPage | undefined {
    const { current } = this.#options.turns;
    if (this.#ownPage === undefined || this.#ownPageTurn === current) return this.#ownPage;
    if (this.#ownPage.watched.every(isUnchanged)) this.#ownPageTurn = current;
    else this.#ownPage = undefined;
    return this.#ownPage;
  }

  #forgetOwnPage(): void {
    this.#ownPage = undefined;
    this.#ownPageTurn = -1;
  }

  /** Answers with the root's own page, and keeps it if that is possible. */
  #lookForOwnPage(request: Request): Response | undefined {
    const { root, turns } = this.#options;
    const startMs = performance.now();
    const file = root.openEntry([NOT_FOUND_FILE]);
    if (file.kind !== "file") {
      this.#ownPageTurn = turns.current;
      return undefined;
    }
    const naming = { name: NOT_FOUND_FILE, fields: NOT_FOUND_FIELDS };
    const canBeKept = isSmall(file) && file.isSettled;
    const source = canBeKept ? keptSourceOf(file) : passingSourceOf(file);
    const page = representFile(file, source, naming);
    if (canBeKept) {
      this.#ownPage = { page, watched: file.watched };
      this.#ownPageTurn = turns.current;
    }
    const response = wholeResponse(request, page, 404);
    giveBack(file);
    this.#slices.spend(performance.now() - startMs);
    return response;
  }

  /**
   * Returns the resource of an unchanged page with the codings made so far. A new resource for each
   * request would be compressed each time, and sent as it is.
   */
  #recall(page: SmallFile, naming: FileNaming): KeptResource {
    const etag = etagOf(page);
    const make = () =>
      new Resource(representFile(page, keptSourceOf(page), naming), {
        queue: this.#options.queue,
      });
    return this.#pages.use(etag, this.#pages.peek(etag) ?? make());
  }
}
