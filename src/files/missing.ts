import { plainPath, type Location } from "../http/location.ts";
import { notFoundResponse } from "../http/problem-response.ts";
import { chooseProblemForm } from "../http/problem.ts";
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
} from "./content/representation.ts";
import { Resource } from "./content/resource.ts";
import type { DocumentRoot, SmallFile } from "./root/document-root.ts";
import { giveBack } from "./root/file-content.ts";
import { Recent } from "./slices/recent.ts";
import type { Slices } from "./slices/slices.ts";

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
}

const INDEX_FILE = "index.html";
const NOT_FOUND_FILE = "404.html";

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

  /** @param slices counts the time for reading pages */
  constructor(options: MissingPagesOptions, slices: Slices) {
    this.#options = options;
    this.#slices = slices;
    this.#fallbacks = embedAll(options.fallbacks, options.queue);
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
    if (!spa || !wantsPage(request)) return this.notFound(request);
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
    if (!wantsPage(request)) return notFoundResponse(request);
    const startMs = performance.now();
    const page = this.#options.root.openEntry([NOT_FOUND_FILE]);
    if (page.kind !== "file") return notFoundResponse(request);
    const fields = { "Cache-Control": "no-store", Vary: "Accept" };
    const naming = { name: NOT_FOUND_FILE, fields };
    const response = wholeResponse(
      request,
      representFile(page, passingSourceOf(page), naming),
      404,
    );
    giveBack(page);
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

/** Tells whether a browser asks for a page; scripts and the assets of a page do not. */
function wantsPage(request: Request): boolean {
  return chooseProblemForm(request.headers.get("accept") ?? undefined) === "html";
}
