import { expect, test } from "bun:test";
import { RESERVED_ASSETS } from "../../../src/routes/embedded.ts";
import { ICON_KINDS, iconOf } from "../../../src/files/listing/icons.ts";

test.each([
  ["", "other"],
  [".", "other"],
  ["a.", "other"],
  ["constructor", "other"],
  ["a.constructor", "other"],
  ["a.unheard-of", "other"],
  ["a.txt", "text"],
  ["a.TXT", "text"],
  ["README", "text"],
  ["Makefile", "text"],
  ["a.tar.gz", "archive"],
  ["a.jpg.zip", "archive"],
  ["a.jpg", "image"],
  ["a.flac", "audio"],
  ["a.mp4", "video"],
  ["a.ts", "text"],
  ["a.pdf", "document"],
])("iconOf() takes %j for %s", (name, wanted) => {
  expect(iconOf({ name, kind: "file" })).toBe(wanted as ReturnType<typeof iconOf>);
  expect(iconOf({ name, kind: "directory" })).toBe("directory");
});

test("the strip of drawings and the sheet have every kind, in its place", () => {
  const { text: strip = "" } = RESERVED_ASSETS.get("/.meerkat/index/icons.svg") ?? {};
  const { text: sheet = "" } = RESERVED_ASSETS.get("/.meerkat/index.css") ?? {};
  const drawn = Array.from(strip.matchAll(/id="(\w+)"/g), ([, id]) => id);
  expect(drawn).toEqual([...ICON_KINDS]);
  const places = ICON_KINDS.slice(1).map(
    (kind) => new RegExp(`&\\.${kind} \\{\\s*--icon: (\\d);`).exec(sheet)?.[1],
  );
  expect(places).toEqual(ICON_KINDS.slice(1).map((_, index) => String(index + 1)));
  expect(strip).toContain(`height="${16 * ICON_KINDS.length}"`);
});
