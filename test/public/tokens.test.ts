import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const PUBLIC = join(import.meta.dir, "../../public");
const SHEETS = Array.from(new Bun.Glob("*/*.css").scanSync(PUBLIC)).sort();
const BASE = readFileSync(join(PUBLIC, "base.css"), "utf8");

/** Declarations of a sheet that name a value which has to be a token. */
function straysIn(css: string): string[] {
  const declarations = css.replace(/\/\*.*?\*\//gs, "").match(/[a-z-]+:\s[^;{}]+;/g) ?? [];
  return declarations.filter(
    (text) =>
      /#[0-9a-f]{3,8}\b|\brgb|light-dark\(/.test(text) ||
      (/^(font|font-size|border-radius|border-[a-z]+-[a-z]+-radius):/.test(text) &&
        /\dpx/.test(text)) ||
      (/^(margin|padding|gap|row-gap|column-gap)/.test(text) && namesSpace(text)),
  );
}

/** Lengths that are spaces of base.css; others are corrections for the eye. */
function namesSpace(text: string): boolean {
  const spaces = Array.from(BASE.matchAll(/--space-\w+: (\d+px);/g), ([, length = ""]) => length);
  return text.split(/[\s;]/).some((length) => spaces.includes(length));
}

test.each(SHEETS)("%s takes colors, radii, spaces and text sizes from base.css", (name) => {
  expect(straysIn(readFileSync(join(PUBLIC, name), "utf8"))).toEqual([]);
});

test.each(SHEETS)("%s uses no token that is not defined", (name) => {
  const css = readFileSync(join(PUBLIC, name), "utf8");
  const used = namesIn(css, /var\((--[\w-]+)/g);
  const defined = [
    ...namesIn(BASE, /(--[\w-]+):/g),
    ...SHEETS.flatMap((other) =>
      namesIn(readFileSync(join(PUBLIC, other), "utf8"), /(--[\w-]+):/g),
    ),
  ];
  expect(used.filter((token) => !defined.includes(token))).toEqual([]);
});

test("base.css defines no token that nothing uses", () => {
  const all = [BASE, ...SHEETS.map((name) => readFileSync(join(PUBLIC, name), "utf8"))].join("");
  const used = namesIn(all, /var\((--[\w-]+)/g);
  expect(namesIn(BASE, /(--[\w-]+):/g).filter((token) => !used.includes(token))).toEqual([]);
});

test("straysIn() sees values, and lets corrections and tokens pass", () => {
  const good = "a { padding: 3px var(--space-s); border-top: 1px solid var(--border); }";
  expect(straysIn(good)).toEqual([]);
  const bad = "a { color: #fff000; margin: 0 8px; border-radius: 5px; font: 12px/1.4 x; }";
  expect(straysIn(bad)).toHaveLength(4);
});

function namesIn(text: string, pattern: RegExp): string[] {
  return [...new Set(Array.from(text.matchAll(pattern), ([, name = ""]) => name))];
}
