import { chooseMediaType } from "../http/accept.ts";
import { renderListingHtml } from "../listing/html.ts";
import { renderListingJson } from "../listing/json.ts";
import { MAX_MARKDOWN_BYTES } from "../listing/markdown.ts";
import type { NameOrder } from "../listing/name-order.ts";
import { sortByMeasure, type ListingRow, type Measures } from "../listing/order.ts";
import {
  displayPath,
  formatPageLinks,
  hrefOfQuery,
  pageBounds,
  parseListingQuery,
  type ListingFormat,
  type ListingPage,
  type ListingQuery,
  type PageBounds,
  type Readme,
} from "../listing/page.ts";
import type { Sliced } from "../listing/sliced.ts";
import { renderListingText } from "../listing/text.ts";
import { DirectoryCalls } from "../system/directory-calls.ts";
import { DirectoryNames } from "./directory-names.ts";
import { DirectoryReader } from "./directory-reader.ts";
import type { DocumentRoot, LocatedDirectory } from "./document-root.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import { Recent } from "./recent.ts";
import { representText, REVALIDATE } from "./representation.ts";
import type { KeptResource } from "./content-cache.ts";
import { Resource } from "./resource.ts";
import { isUnchanged } from "./watched.ts";

const CONTENT_TYPES = {
  html: "text/html; charset=utf-8",
  json: "application/json",
  text: "text/plain; charset=utf-8",
} as const satisfies Record<ListingFormat, string>;

/** The first is what a client gets that takes anything. */
const OFFERED = ["text/html", "application/json", "text/plain"] as const;
const FORMAT_OF: Readonly<Record<string, ListingFormat>> = {
  "text/html": "html",
  "application/json": "json",
  "text/plain": "text",
};

/** The page needs its own script, style and icon; whatever a file name might smuggle in is inert. */
const FIELDS = {
  ...REVALIDATE,
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "Referrer-Policy": "same-origin",
  // By the path and its query the answer is one of three.
  Vary: "Accept",
} as const;

/** As people write it. */
const README_NAMES = ["README.md", "readme.md"] as const;

/** Listings that were rendered, of up to 1,000 rows each, about 300 KB with their codings. */
const KEPT_LISTINGS = 16;

/** A directory, and how many `../` lead from its address to the root. */
export interface AddressedDirectory extends LocatedDirectory {
  readonly depth: number;
}

interface Rendered {
  readonly page: ListingPage;
  readonly resource: KeptResource;
}

/**
 * The listings of directories. What is shown is read anew for every request; what was rendered, and
 * compressed, of the same page before serves again.
 */
export class DirectoryIndex {
  readonly #root: DocumentRoot;
  readonly #reader: DirectoryReader;
  readonly #names: DirectoryNames;
  readonly #heavy = new OneAtATime();
  /** By address and format. */
  readonly #rendered = new Recent<Rendered>(KEPT_LISTINGS);

  constructor(root: DocumentRoot) {
    this.#root = root;
    this.#reader = new DirectoryReader(root, DirectoryCalls.open());
    this.#names = new DirectoryNames({ list: (path) => this.#reader.list(path), isUnchanged });
  }

  /**
   * Lists a directory as HTML, JSON or plain text: what `?format=` says, else what Accept prefers.
   *
   * @param search the query of the URL: sort, order, page and format
   */
  *list(
    directory: AddressedDirectory,
    search: string,
    accept: string | undefined,
  ): Sliced<KeptResource> {
    const query = parseListingQuery(search);
    // Nothing acceptable: a listing in a form nobody asked for beats a 406 (RFC 9110 §12.4.1).
    const preferred = FORMAT_OF[chooseMediaType(accept, OFFERED) ?? ""] ?? "html";
    const format = query.format ?? preferred;
    const reading = this.#readPage(directory, query);
    const page = yield* this.#isHeavy(directory, query) ? this.#heavy.do(reading) : reading;
    const hasReadme = format === "html" && page.start === 0;
    const readme = hasReadme ? this.#readReadme(directory.segments) : undefined;
    yield; // rendering is one piece, of up to 10 ms
    return this.#render({ ...page, readme }, format);
  }

  #render(page: ListingPage, format: ListingFormat): KeptResource {
    const key = `${format} ${page.query.format} ${page.depth} ${displayPath(page.segments)}${hrefOfQuery(page.query)}`;
    const before = this.#rendered.peek(key);
    const isSame = before !== undefined && Bun.deepEquals(before.page, page);
    const rendered = isSame ? before : { page, resource: makeResource(page, format) };
    return this.#rendered.use(key, rendered).resource;
  }

  /** Whether listing it is a matter of more than the rows of one page. */
  #isHeavy({ path }: LocatedDirectory, { sort }: ListingQuery): boolean {
    return this.#reader.isLarge(path) && (sort !== "name" || !this.#names.has(path));
  }

  /** By the same look as a request for it: one outside the root is none. */
  #readReadme(segments: readonly string[]): Readme | undefined {
    for (const name of README_NAMES) {
      const file = this.#root.lookup([...segments, name]);
      if (file.kind !== "file" || file.content === undefined) continue;
      if (file.bytes > MAX_MARKDOWN_BYTES) return undefined;
      return { name, markdown: new TextDecoder().decode(file.content) };
    }
    return undefined;
  }

  *#readPage(
    { path, segments, depth }: AddressedDirectory,
    query: ListingQuery,
  ): Sliced<Omit<ListingPage, "readme">> {
    const names = yield* this.#names.read(path);
    const { total, directories } = names;
    const bounds = pageBounds(total, query.page);
    const measured = yield* this.#readRows(path, names, query, bounds);
    return {
      segments,
      depth,
      query: { ...query, page: bounds.page },
      rows: measured.rows,
      total,
      directories,
      files: total - directories,
      totalBytes: measured.totalBytes,
      start: bounds.start,
      pageCount: bounds.pageCount,
    };
  }

  /** By name only the rows that are shown have to be measured; by size or time, all of them first. */
  *#readRows(
    path: string,
    names: NameOrder,
    { sort, order }: ListingQuery,
    { start, end, pageCount }: PageBounds,
  ): Sliced<Pick<ListingPage, "rows" | "totalBytes">> {
    const { total } = names;
    using scan = this.#reader.open(path);
    if (sort === "name") {
      const shown = yield* names.slice(start, end, order);
      const rows = yield* scan.measure(shown);
      return { rows, totalBytes: pageCount === 1 ? sumBytes(rows) : undefined };
    }
    const entries = yield* names.slice(0, total, "asc");
    const { bytes, modifiedMs } = yield* scan.measureAll(entries);
    const sorted = yield* sortByMeasure(entries, sort === "size" ? bytes : modifiedMs, order);
    const rows = yield* scan.measure(sorted.slice(start, end));
    return { rows, totalBytes: sumOf(bytes) };
  }
}

function makeResource(page: ListingPage, format: ListingFormat): KeptResource {
  const text = render(page, format);
  // Firefox fetches what a page of HTML is linked to in a field, by a policy of ours that forbids it.
  const links = format === "html" ? undefined : formatPageLinks(page.query, page.pageCount);
  const fields = links === undefined ? FIELDS : { ...FIELDS, Link: links };
  return new Resource(representText(text, CONTENT_TYPES[format], fields), { text });
}

function render(page: ListingPage, format: ListingFormat): string {
  switch (format) {
    case "html":
      return renderListingHtml(page);
    case "json":
      return renderListingJson(page);
    case "text":
      return renderListingText(page);
    default:
      return format satisfies never;
  }
}

function sumBytes(rows: readonly ListingRow[]): number {
  return rows.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
}

/** What has no size counts for nothing. */
function sumOf(bytes: Measures): number {
  return bytes.reduce((sum, value) => (Number.isNaN(value) ? sum : sum + value), 0);
}
