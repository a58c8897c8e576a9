import { expect, test } from "bun:test";
import { ICON_SPRITE, iconOf, renderIcon } from "../../../src/files/listing/icons.ts";

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

test("the sprite has every icon, once", () => {
  for (const kind of [
    "directory",
    "text",
    "image",
    "audio",
    "video",
    "archive",
    "document",
    "other",
  ] as const) {
    expect(renderIcon(kind)).toContain(`"#${kind}"`);
    expect(ICON_SPRITE.split(`id="${kind}"`)).toHaveLength(2);
  }
});
