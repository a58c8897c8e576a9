/** The most bytes of Markdown that are rendered. */
export const MAX_MARKDOWN_BYTES = 128 * 1024;

/** The longest HTML, in UTF-16 units: some marks grow, and 128 KB of `>` would be 3.5 MB. */
const MAX_HTML_LENGTH = 512 * 1024;

/** The length of an empty cell, in UTF-16 units. */
const CELL_LENGTH = "<td></td>\n".length;

/** All characters of the line that makes a table of the lines around it, also in quotes and lists. */
const DELIMITER_ROW = /^[-|: \t>*+.)\d]+$/gm;

const PARSER_OPTIONS = {
  noHtmlBlocks: true,
  noHtmlSpans: true,
  autolinks: true,
  headings: { ids: true },
} as const;

/** The attributes of a tag; the values still have their character references. */
type Attributes = ReadonlyMap<string, string>;

/** A tag: everything from a `<` up to the next `>`, or to the end. */
const TAG = /<[^>]*>?/g;

const NAME = /^<(\/?)([a-z]+[1-6]?)(?=[\s/>])/;
const ATTRIBUTE = / ([a-z]+)(?:="([^"<>]*)"|(?=[\s/>]))/g;

/** Elements that are written as they are, without attributes. */
const PLAIN_ELEMENTS = "p br hr em strong del code pre ul li blockquote table thead tbody tr".split(
  " ",
);

/** The most frequent tags, which are recognised without being parsed. */
const PLAIN_TAGS: ReadonlySet<string> = new Set(
  PLAIN_ELEMENTS.flatMap((name) => [`<${name}>`, `</${name}>`]),
);

/** The elements that are kept, each with the attributes whose values are kept. */
const KEPT_ATTRIBUTES: ReadonlyMap<string, readonly string[]> = new Map([
  ...PLAIN_ELEMENTS.map((name): [string, readonly string[]] => [name, []]),
  ["ol", ["start"]],
  ["th", ["align"]],
  ["td", ["align"]],
  ["a", ["title"]],
]);

/** The schemes that addresses of other sites may have. */
const SAFE_SCHEMES = new Set(["http", "https", "mailto"]);

/** Browsers drop white space and controls at the start, and these three wherever they are. */
const IGNORED_BY_BROWSERS = /^[\u0000-\u0020]+|[\t\n\r]/g;

/** A scheme by RFC 3986 §3.1. */
const SCHEME = /^([a-z][a-z0-9+.-]*):/i;

/** The prefix of the ids of headings, so that none of them can replace an id of ours. */
const ID_PREFIX = "readme-";

/**
 * Tells whether Markdown may make more cells of tables than there is room for in the HTML: a line of one
 * bar is a row of as many cells as the table has columns, so that 128 KB would be 75 MB.
 */
export function makesManyCells(markdown: string): boolean {
  const rows = markdown.match(DELIMITER_ROW) ?? [];
  const columns = rows.reduce((most, row) => Math.max(most, row.split("|").length), 1);
  if (columns === 1) return false;
  const lines = markdown.split(/[\r\n]/).length;
  return columns * lines * CELL_LENGTH > MAX_HTML_LENGTH;
}

/**
 * Renders Markdown of unknown origin as HTML that can do nothing; see `disarm`. Some texts take a time
 * that grows with the square of their length (Bun: markdown-quadratic).
 *
 * @param markdown of `MAX_MARKDOWN_BYTES` at most, which does not make many cells
 * @returns `undefined` if the HTML would be too long
 */
export function renderMarkdown(markdown: string): string | undefined {
  const html = Bun.markdown.html(markdown, PARSER_OPTIONS);
  return html.length > MAX_HTML_LENGTH ? undefined : disarm(html);
}

/**
 * Writes every tag anew, from a list of elements and attributes; of the original only text and
 * values of attributes remain. So whatever the Markdown parser lets through, every `<` in the
 * result was written here.
 *
 * Addresses lead to this site, or by http, https and mailto to another. Pictures come from this
 * site only; others are replaced by their texts. Relative addresses are relative to the page.
 *
 * @param html with attributes in double quotes (Bun: markdown-quotes)
 */
export function disarm(html: string): string {
  return html.replace(TAG, rewriteTag);
}

function rewriteTag(tag: string): string {
  if (PLAIN_TAGS.has(tag)) return tag;
  const [, slash = "", name = ""] = NAME.exec(tag) ?? [];
  const isClosing = slash !== "";
  if (/^h[1-6]$/.test(name)) return writeHeading(Number(name[1]), isClosing, attributesOf(tag));
  if (name === "img") return writeImage(attributesOf(tag));
  if (name === "input") return writeCheckbox(attributesOf(tag));
  const kept = KEPT_ATTRIBUTES.get(name);
  if (kept === undefined) return "";
  if (isClosing) return `</${name}>`;
  const attributes = attributesOf(tag);
  return `<${name}${name === "a" ? writeHref(attributes) : ""}${writeAttributes(attributes, kept)}>`;
}

function attributesOf(tag: string): Attributes {
  return new Map(
    Array.from(tag.matchAll(ATTRIBUTE), ([, name = "", value = ""]): [string, string] => [
      name,
      value,
    ]),
  );
}

function writeAttributes(attributes: Attributes, names: readonly string[]): string {
  return names
    .map((name) => (attributes.has(name) ? ` ${name}="${attributes.get(name)}"` : ""))
    .join("");
}

/** Writes a heading one level lower, as the page has its own first heading. */
function writeHeading(level: number, isClosing: boolean, attributes: Attributes): string {
  const name = `h${Math.min(level + 1, 6)}`;
  if (isClosing) return `</${name}>`;
  const id = attributes.get("id");
  return id === undefined ? `<${name}>` : `<${name} id="${ID_PREFIX}${id}">`;
}

function writeHref(attributes: Attributes): string {
  const href = attributes.get("href");
  if (href === undefined || !isSafe(href)) return "";
  // A fragment means a heading of this text, whose id has the prefix.
  return ` href="${href.startsWith("#") ? `#${ID_PREFIX}${href.slice(1)}` : href}"`;
}

/** Writes a picture, or its text if another site would learn from it who reads this. */
function writeImage(attributes: Attributes): string {
  const { src, alt = "" } = Object.fromEntries(attributes);
  if (src === undefined || !isOurs(src)) return alt;
  const attributesShown = writeAttributes(attributes, ["src", "alt", "title"]);
  return `<img${attributesShown} loading="lazy">`;
}

function writeCheckbox(attributes: Attributes): string {
  return `<input type="checkbox" disabled${attributes.has("checked") ? " checked" : ""}>`;
}

function isSafe(address: string): boolean {
  const scheme = schemeOf(address);
  return scheme !== undefined && (scheme === "" || SAFE_SCHEMES.has(scheme));
}

/** Tells whether an address is on this site; `//host` and, to a browser, `/\host` name another. */
function isOurs(address: string): boolean {
  return schemeOf(address) === "" && !/^[\u0000-\u0020]*[/\\]\s*[/\\]/.test(address);
}

/**
 * Returns the scheme in lower case, or an empty text if there is none; `undefined` if it may be
 * hidden by character references that Bun does not write (Bun: markdown-references).
 */
function schemeOf(address: string): string | undefined {
  if (/&(?!amp;|#x27;)/.test(address)) return undefined;
  const read = address
    .replaceAll("&#x27;", "'")
    .replaceAll("&amp;", "&")
    .replace(IGNORED_BY_BROWSERS, "");
  return (SCHEME.exec(read)?.[1] ?? "").toLowerCase();
}
