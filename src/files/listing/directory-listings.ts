import { problemResponse } from "../../http/problem-response.ts";
import { chooseListing, type ListingChoice, type ListingForm } from "./choose-listing.ts";
import { streamOf } from "../slices/body-stream.ts";
import type { KeptResource } from "../content/content-cache.ts";
import {
  DirectoryIndex,
  listingFields,
  type AddressedDirectory,
  type DirectoryIndexOptions,
} from "./directory-index.ts";
import type { Resource } from "../content/resource.ts";
import type { Slices } from "../slices/slices.ts";

/** The root and the callbacks of `DirectoryListings`. */
export interface DirectoryListingsOptions extends DirectoryIndexOptions {
  /** Answers with a resource, in the coding and the range that the request asks for. */
  readonly answer: (request: Request, resource: Resource) => Response;
}

/** A guess, in seconds: nobody knows how long clients take. */
const RETRY_LATER = { "Retry-After": "10" };

/** Answers requests for directories that have no `index.html`. */
export class DirectoryListings implements Disposable {
  readonly #index: DirectoryIndex;
  readonly #slices: Slices;
  readonly #answer: DirectoryListingsOptions["answer"];
  readonly #logError: (error: unknown) => void;

  constructor(options: DirectoryListingsOptions, slices: Slices) {
    const { answer, logError } = options;
    this.#index = new DirectoryIndex(options, slices);
    this.#slices = slices;
    this.#answer = answer;
    this.#logError = logError;
  }

  /**
   * Answers with a listing: synchronously, unless a large directory has to be read.
   *
   * @param search the query of the URL
   */
  answer(
    request: Request,
    directory: AddressedDirectory,
    search: string,
  ): Response | Promise<Response> {
    const choice = chooseListing(search, request.headers.get("accept") ?? undefined);
    // An answer to HEAD may omit fields that depend on the content (RFC 9110 §9.3.2): lftp asks for
    // the HEAD of every directory before it lists any, and pipelines up to 100 of them.
    if (request.method === "HEAD" && !choice.isForBrowser) return headOfListing(choice.form);
    const { signal } = request;
    const listing = this.#slices.run(this.#index.list(directory, choice), signal);
    if (!(listing instanceof Promise)) return this.#send(request, directory, choice, listing);
    return listing.then(
      (settled) => this.#send(request, directory, choice, settled),
      (error: unknown) => {
        if (signal.aborted) return problemResponse(request, 503); // there is nobody to read it
        throw error;
      },
    );
  }

  /** Ends the work in the background. */
  [Symbol.dispose](): void {
    this.#index[Symbol.dispose]();
  }

  #send(
    request: Request,
    directory: AddressedDirectory,
    choice: ListingChoice,
    listing: KeptResource | undefined,
  ): Response {
    if (listing !== undefined) return this.#answer(request, listing);
    if (request.method === "HEAD") return headOfListing(choice.form);
    if (this.#index.isFullFor(choice)) {
      return problemResponse(
        request,
        503,
        RETRY_LATER,
        "Other listings are being sent. Try again.",
      );
    }
    const chunks = this.#index.stream(directory, choice, request.signal);
    const body = streamOf(chunks, { onFailure: this.#logError, onEnd: () => undefined });
    return new Response(body, { headers: listingFields(choice.form) });
  }
}

/** An unread stream: without a body Bun says Content-Length: 0 (Bun: head-of-nothing). */
function headOfListing(form: ListingForm): Response {
  return new Response(new ReadableStream(), { headers: listingFields(form) });
}
