/** Finds references in a body of one media type. */
type Finder = (body: string) => readonly string[];

/**
 * Returns what a response refers to: in its Location and Link fields, and in its body if that is
 * HTML, a style, a script or JSON. Each is absolute and without a fragment.
 */
export async function referencesOf(response: Response): Promise<ReadonlySet<string>> {
  const [type = ""] = (response.headers.get("Content-Type") ?? "").split(";");
  const inBody = FINDERS[type]?.(await response.text()) ?? [];
  const all = [...inField(response.headers), ...inBody];
  const urls = all.map((reference) => new URL(reference, response.url));
  return new Set(urls.map((url) => url.href.replace(/#.*/, "")));
}

const FINDERS: Readonly<Record<string, Finder>> = {
  "text/html": inHtml,
  "text/css": (css) => matchesOf(css, /url\(["']?([^"')]+)["']?\)|@import "([^"]+)"/g),
  "text/javascript": inScript,
  "application/json": inJson,
};

function inField(headers: Headers): readonly string[] {
  const location = headers.get("Location");
  const links = matchesOf(headers.get("Link") ?? "", /<([^>]*)>/g);
  return location === null ? links : [location, ...links];
}

/** Attributes that hold an address, whatever the element. */
const ATTRIBUTES = ["href", "src", "action", "formaction", "poster", "data"];

function inHtml(html: string): readonly string[] {
  const found: string[] = [];
  const rewriter = new HTMLRewriter().on("*", {
    element: (element) => {
      if (element.tagName === "base") throw new Error("references are resolved without a base");
      const values = ATTRIBUTES.map((name) => element.getAttribute(name) ?? "");
      found.push(...values.filter((value) => value !== "").map(decodeCharacterReferences));
    },
  });
  rewriter.transform(html);
  return found;
}

const CHARACTERS: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"' };

function decodeCharacterReferences(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+));/g, (whole, code?: string, name = "") =>
    code === undefined ? (CHARACTERS[name] ?? whole) : String.fromCodePoint(Number(code)),
  );
}

const transpiler = new Bun.Transpiler({ loader: "js" });

/** Modules; what a script makes of addresses otherwise is seen in a browser. */
function inScript(script: string): readonly string[] {
  return transpiler.scanImports(script).map(({ path }) => path);
}

function inJson(json: string): readonly string[] {
  return matchesOf(json, /"href":"([^"]*)"/g);
}

function matchesOf(text: string, pattern: RegExp): readonly string[] {
  return Array.from(text.matchAll(pattern), ([, first, second]) => first ?? second ?? "");
}
