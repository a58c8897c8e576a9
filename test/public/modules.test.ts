import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FALLBACK_ASSETS, RESERVED_ASSETS } from "../../src/routes/embedded.ts";

const WORKBENCH = join(import.meta.dir, "../../public/workbench");
const MODULES = readdirSync(WORKBENCH).filter((name) => name.endsWith(".js"));

test.each(MODULES)("%s is served below /.meerkat/workbench/", (name) => {
  const asset = RESERVED_ASSETS.get(`/.meerkat/workbench/${name}`);
  expect(asset?.text).toBe(readFileSync(join(WORKBENCH, name), "utf8"));
  expect(asset?.contentType).toBe("text/javascript; charset=utf-8");
});

test("test.html loads main.js, and every other module at once beside it", () => {
  const page = FALLBACK_ASSETS.get("/test.html")?.text ?? "";
  const preloaded = namesIn(page, /rel="modulepreload" href="[^"]*\.meerkat\/workbench\/([^"]+)"/g);
  expect(namesIn(page, /src="[^"]*\.meerkat\/workbench\/([^"]+)"/g)).toEqual(["main.js"]);
  expect(preloaded).toEqual(MODULES.filter((name) => name !== "main.js").toSorted());
});

function namesIn(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), ([, name = ""]) => name).toSorted();
}
