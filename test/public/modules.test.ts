import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { renderListingHtml } from "../../src/files/listing/html.ts";
import { FALLBACK_ASSETS, RESERVED_ASSETS } from "../../src/routes/embedded.ts";
import { makePage } from "../files/listing/make-page.ts";

const PAGES = [
  { directory: "index", page: renderListingHtml(makePage([])) },
  { directory: "grid", page: renderListingHtml(makePage([], [], { view: "grid" })) },
  { directory: "workbench", page: FALLBACK_ASSETS.get("/test.html")?.text ?? "" },
];

describe.each(PAGES)("the modules of public/$directory/", ({ directory, page }) => {
  const path = join(import.meta.dir, "../../public", directory);
  const modules = readdirSync(path).filter((name) => name.endsWith(".js"));

  test.each(modules)("%s is served", (name) => {
    const asset = RESERVED_ASSETS.get(`/.meerkat/${directory}/${name}`);
    expect(asset?.text).toBe(codeOf(readFileSync(join(path, name), "utf8")));
    expect(asset?.contentType).toBe("text/javascript; charset=utf-8");
  });

  test("the page loads main.js, and every other module of its thread at once beside it", () => {
    const address = `"[^"]*\\.meerkat/${directory}/([^"]+)"`;
    const preloaded = namesIn(page, new RegExp(`rel="modulepreload" href=${address}`, "g"));
    expect(namesIn(page, new RegExp(`src=${address}`, "g"))).toEqual(["main.js"]);
    expect(preloaded).toEqual(
      modules.filter((name) => !/^main\.js|-worker\.js$/.test(name)).toSorted(),
    );
  });
});

/** A script without the lines that are comments, found line by line. */
function codeOf(script: string): string {
  let isComment = false;
  const isCode = (line: string) => {
    const text = line.trim();
    isComment ||= text.startsWith("/*");
    const isLeftOut = isComment || text.startsWith("//");
    isComment &&= !text.endsWith("*/");
    return !isLeftOut;
  };
  return script.split("\n").filter(isCode).join("\n");
}

function namesIn(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), ([, name = ""]) => name).toSorted();
}
