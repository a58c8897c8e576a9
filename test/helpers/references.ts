import { field, type RawResponse } from "./raw-http.ts";

/** Lists all references in a page, a style sheet, a script or a redirect, as they are written. */
export function referencesOf(response: RawResponse): string[] {
  const text = response.body.toString();
  const location = field(response, "location");
  const found = location === undefined ? [] : [location];
  switch (field(response, "content-type")?.split(";")[0]) {
    case "text/html":
      return [...found, ...referencesOfPage(text)];
    case "text/css":
      return [...found, ...matchesOf(text, /url\(["']?([^"')]+)/g)];
    case "text/javascript":
      return [...found, ...matchesOf(text, /(?:\bfrom|\bimport|\bfetch\() ?\(?"([^"]+)"/g)];
    default:
      return found;
  }
}

function referencesOfPage(html: string): string[] {
  const found: string[] = [];
  new HTMLRewriter()
    .on("*", {
      element: (element) => {
        for (const name of ["href", "src", "action"]) {
          const value = element.getAttribute(name);
          if (value !== null) found.push(value.replaceAll("&amp;", "&"));
        }
      },
    })
    .transform(html);
  return found;
}

function matchesOf(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), ([, reference = ""]) => reference);
}
