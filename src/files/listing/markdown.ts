/** Longer Markdown, in bytes, is not rendered: the slowest there is takes 30 ms at this length. */
export const MAX_MARKDOWN_BYTES = 128 * 1024;

/** What some marks are blown up to: 128 KB of `>` would become 1.7 MB. In UTF-16 units. */
const MAX_HTML_LENGTH = 512 * 1024;

const PARSER_OPTIONS = {
  noHtmlBlocks: true,
  noHtmlSpans: true,
  autolinks: true,
  headings: { ids: true },
} as const;

/** An attribute as it was written, its value still with the character references it had. */
type Attributes = ReadonlyMap<string, string>;

/** Everything from a `<` up to the next `>`, or to the end. */
const TAG = /<[^>]*>?/g;

const NAME = /^<(\/?)([a-z]+[1-6]?)(?=[\s/>])/;
const ATTRIBUTE = / ([a-z]+)(?:="([^"<>]*)"|(?=[\s/>]))/g;

/** Elements that are written as they are, without attributes. */
const PLAIN_ELEMENTS = "p br hr em strong del code pre ul li blockquote table thead tbody tr".split(
  " ",
);

/** What most tags are, and so worth a look before they are taken apart. */
const PLAIN_TAGS: ReadonlySet<string> = new Set(
  PLAIN_ELEMENTS.flatMap((name) => [`<${name}>`, `</${name}>`]),
);

/** Of the elements that are written, the attributes that are taken as they come. */
const KEPT_ATTRIBUTES: ReadonlyMap<string, readonly string[]> = new Map([
  ...PLAIN_ELEMENTS.map((name): [string, readonly string[]] => [name, []]),
  ["ol", ["start"]],
  ["th", ["align"]],
  ["td", ["align"]],
  ["a", ["title"]],
]);

/** What an address of another site may begin with. */
const SAFE_SCHEMES = new Set(["http", "https", "mailto"]);

/** Browsers drop white space and controls at the start, and these three wherever they are. */
const IGNORED_BY_BROWSERS = /^[\u0000-\u0020]+|[\t\n\r]/g;

/** RFC 3986 §3.1. */
const SCHEME = /^([a-z][a-z0-9+.-]*):/i;

/** Before the ids of headings, so that none of them can take the place of one of ours. */
const ID_PREFIX = "readme-";

/**
 * Renders Markdown of unknown origin as HTML that can do nothing; see `disarm`.
 *
 * @param markdown of `MAX_MARKDOWN_BYTES` at most
 * @returns `undefined` for what would be too long
 */
export function renderMarkdown(markdown: string): string | undefined {
  const html = Bun.markdown.html(markdown, PARSER_OPTIONS);
  return html.length > MAX_HTML_LENGTH ? undefined : disarm(html);
}

/**
 * Writes every tag anew, from a list of elements and attributes: of what was there nothing is taken
 * but text, and the values of those. So whatever the parser of Markdown lets through, no `<` comes
 * out that was not written here.
 *
 * Addresses lead to this site, or by http, https and mailto to another; pictures come from this site
 * alone, another's leave their words. Relative addresses are relative to the page.
 *
 * @param html as Bun writes it: attributes in double quotes
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

/** The page has its own first heading, so these are one level lower. */
function writeHeading(level: number, isClosing: boolean, attributes: Attributes): string {
  const name = `h${Math.min(level + 1, 6)}`;
  if (isClosing) return `</${name}>`;
  const id = attributes.get("id");
  return id === undefined ? `<${name}>` : `<${name} id="${ID_PREFIX}${id}">`;
}

function writeHref(attributes: Attributes): string {
  const href = attributes.get("href");
  if (href === undefined || !isSafe(href)) return "";
  // The headings of this text, as their ids are here.
  return ` href="${href.startsWith("#") ? `#${ID_PREFIX}${href.slice(1)}` : href}"`;
}

/** The policy of the page would not load another site's pictures, and so tell them who reads this. */
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

/** Below this site's origin; `//host` and, to a browser, `/\host` name another. */
function isOurs(address: string): boolean {
  return schemeOf(address) === "" && !/^[\u0000-\u0020]*[/\\]\s*[/\\]/.test(address);
}

/**
 * The scheme in lower case, or empty for an address without one; `undefined` where character
 * references other than those that Bun writes might hide it.
 */
function schemeOf(address: string): string | undefined {
  if (/&(?!amp;|#x27;)/.test(address)) return undefined;
  const read = address
    .replaceAll("&#x27;", "'")
    .replaceAll("&amp;", "&")
    .replace(IGNORED_BY_BROWSERS, "");
  return (SCHEME.exec(read)?.[1] ?? "").toLowerCase();
}
