import type { ListingChoice, ListingForm } from "./choose-listing.ts";
import { renderListingHtml } from "./html.ts";
import { renderListingJson } from "./json.ts";
import { MAX_MARKDOWN_BYTES } from "./markdown.ts";
import type { ListingRow } from "../root/directory-entry.ts";
import {
  displayPath,
  formatPageLinks,
  hrefOfQuery,
  pageBounds,
  type ListingPage,
  type ListingQuery,
  type Readme,
} from "./page.ts";
import type { Sliced } from "../slices/sliced.ts";
import { Readmes, type ReadmeText } from "./readmes.ts";
import { renderListingPlain } from "./plain.ts";
import { renderListingText } from "./text.ts";
import { DirectoryCalls } from "../../system/directory-calls.ts";
import { DirectoryOrders } from "./directory-orders.ts";
import { DirectoryReader } from "../root/directory-reader.ts";
import type { DocumentRoot, LocatedDirectory, SmallFile } from "../root/document-root.ts";
import { giveBack } from "../root/file-content.ts";
import { Recent } from "../slices/recent.ts";
import { etagOf, representText, REVALIDATE, type Fields } from "../content/representation.ts";
import type { KeptResource } from "../content/content-cache.ts";
import { Resource } from "../content/resource.ts";
import type { Slices } from "../slices/slices.ts";
import { WholeListings } from "./whole-listings.ts";

const CONTENT_TYPES = {
  page: "text/html; charset=utf-8",
  plain: "text/html; charset=utf-8",
  json: "application/json",
  text: "text/plain; charset=utf-8",
} as const satisfies Record<ListingForm, string>;

/** The page needs its own script, style and icon, and what the viewer shows; code that a file name smuggles in cannot run. */
const FIELDS = {
  ...REVALIDATE,
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "Referrer-Policy": "same-origin",
  // The path and its query may have any of four answers.
  Vary: "Accept",
} as const;

/** The names of a README, as people write them. */
const README_NAMES = ["README.md", "readme.md"] as const;

/** The memory of listings that were rendered, in bytes: one of 1,000 rows takes 0.5 MB. */
const KEPT_LISTING_BYTES = 8 * 1024 * 1024;

/** The memory of a row besides its text, in bytes. */
const ROW_BYTES = 200;

/** A directory, and the number of `../` that lead from its address to the root. */
export interface AddressedDirectory extends LocatedDirectory {
  readonly depth: number;
}

/** The root and the callbacks of `DirectoryIndex`. */
export interface DirectoryIndexOptions {
  readonly root: DocumentRoot;
  /** Takes the bytes of listings that are no longer kept. */
  readonly onForget: (bytes: number) => void;
  /** Takes the error that broke a listing off, or that keeps READMEs from being rendered. */
  readonly logError: (error: unknown) => void;
}

interface Rendered {
  readonly page: ListingPage;
  readonly resource: KeptResource;
}

/**
 * Makes the listings of directories. A directory is read again for every request; but if its page
 * is the same as before, so is the text, with the codings made of it.
 */
export class DirectoryIndex implements Disposable {
  readonly #root: DocumentRoot;
  readonly #reader: DirectoryReader;
  readonly #orders: DirectoryOrders;
  readonly #whole: WholeListings;
  readonly #readmes: Readmes;
  /** The rendered listings by address and format. */
  readonly #rendered: Recent<Rendered>;

  constructor({ root, logError, onForget }: DirectoryIndexOptions, slices: Slices) {
    this.#root = root;
    this.#readmes = new Readmes({ logError });
    this.#rendered = new Recent({
      most: KEPT_LISTING_BYTES,
      weigh: ({ page, resource }) => resource.bytes + ROW_BYTES * page.rows.length,
      onForget,
    });
    this.#reader = new DirectoryReader(root, DirectoryCalls.open());
    this.#orders = new DirectoryOrders(this.#reader);
    this.#whole = new WholeListings(this.#reader, this.#orders, slices);
  }

  /**
   * Lists a directory.
   *
   * @returns `undefined` for a directory so large that it has to be streamed
   */
  *list(directory: AddressedDirectory, choice: ListingChoice): Sliced<KeptResource | undefined> {
    const { query, form, isWhole } = choice;
    if (isWhole) {
      const whole = yield* this.#whole.readFew(directory, query);
      return whole && this.#render({ ...whole, depth: directory.depth }, form);
    }
    const page = yield* this.#readPage(directory, query);
    const hasReadme = form === "page" && page.start === 0 && query.filter === undefined;
    const readme = hasReadme ? yield* this.#readReadme(directory.segments) : undefined;
    yield; // rendering is one piece, of up to 10 ms
    return this.#render({ ...page, readme }, form);
  }

  /** Lists a whole directory, as fast as the client takes it. */
  stream(directory: LocatedDirectory, choice: ListingChoice, signal: AbortSignal) {
    return this.#whole.stream(directory, choice, signal);
  }

  #render(page: ListingPage, form: ListingForm): KeptResource {
    const key = `${form} ${page.query.format} ${page.depth} ${displayPath(page.segments)}${hrefOfQuery(page.query)}`;
    const before = this.#rendered.peek(key);
    const isSame = before !== undefined && Bun.deepEquals(before.page, page);
    const rendered = isSame ? before : { page, resource: makeResource(page, form) };
    return this.#rendered.use(key, rendered).resource;
  }

  /** Tells whether a whole directory cannot be sorted now, as others hold too much. */
  isFullFor({ query }: ListingChoice): boolean {
    return query.isOrdered && this.#whole.isFull;
  }

  /** Ends the thread that renders READMEs. */
  [Symbol.dispose](): void {
    this.#readmes[Symbol.dispose]();
  }

  /** Reads the README by the same lookup as a request for it, so not outside the root. */
  *#readReadme(segments: readonly string[]): Sliced<Readme | undefined> {
    for (const name of README_NAMES) {
      const file = this.#root.openEntry([...segments, name]);
      if (file.kind !== "file" || file.content === undefined) continue;
      const text = textOf(file);
      giveBack(file);
      return text && { name, html: yield* this.#readmes.render(text) };
    }
    return undefined;
  }

  *#readPage(
    { path, segments, depth }: AddressedDirectory,
    query: ListingQuery,
  ): Sliced<Omit<ListingPage, "readme">> {
    const entries = yield* this.#orders.read(path, query);
    const { total, directories, unfiltered } = entries;
    const { start, end, page, pageCount } = pageBounds(total, query.page ?? 1);
    const shown = yield* entries.slice(start, end);
    using scan = this.#reader.open(path);
    const rows = yield* scan.measure(shown);
    const shownBytes = pageCount === 1 ? sumBytes(rows) : undefined;
    return {
      segments,
      depth,
      query: { ...query, page },
      rows,
      total,
      directories,
      files: total - directories,
      unfiltered,
      totalBytes: entries.totalBytes ?? shownBytes,
      start,
      pageCount,
    };
  }
}

/** Returns the fields of a streamed listing, and of an answer to HEAD that is made without work. */
export function listingFields(form: ListingForm): Fields {
  return { "Content-Type": CONTENT_TYPES[form], "X-Content-Type-Options": "nosniff", ...FIELDS };
}

function makeResource(page: ListingPage, form: ListingForm): KeptResource {
  const text = render(page, form);
  const fields = { ...FIELDS, ...linkFields(page, form) };
  return new Resource(representText(text, CONTENT_TYPES[form], fields), { text });
}

/** HTML has no Link field: Firefox fetches its targets, against the policy of the page. */
function linkFields({ query, pageCount }: ListingPage, form: ListingForm): Fields {
  const isHtml = form === "page" || form === "plain";
  const links = isHtml ? undefined : formatPageLinks(query, pageCount);
  return links === undefined ? {} : { Link: links };
}

function render(page: ListingPage, form: ListingForm): string {
  switch (form) {
    case "page":
      return renderListingHtml(page);
    case "plain":
      return renderListingPlain(page);
    case "json":
      return renderListingJson(page);
    case "text":
      return renderListingText(page);
    default:
      return form satisfies never;
  }
}

function sumBytes(rows: readonly ListingRow[]): number {
  return rows.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
}

/** Returns the text of a README; `undefined` if it is too long, or in an unknown encoding. */
function textOf(file: SmallFile): ReadmeText | undefined {
  const { bytes, encoding, content } = file;
  if (bytes > MAX_MARKDOWN_BYTES || encoding === "unknown") return undefined;
  return { markdown: new TextDecoder(encoding).decode(content), bytes, etag: etagOf(file) };
}
