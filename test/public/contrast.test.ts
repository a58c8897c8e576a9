import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";

const CSS = readFileSync(`${import.meta.dir}/../../public/base.css`, "utf8");

/** The tokens of the style sheet: each a pair of colors, for light and for dark. */
const TOKENS = new Map(
  Array.from(
    CSS.matchAll(/--([a-z]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g),
    ([, name = "", light = "", dark = ""]) => [name, [light, dark]] as const,
  ),
);

/** WCAG 2.2, "relative luminance". */
function luminanceOf(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const channel = parseInt(color.slice(start, start + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrastOf(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminanceOf(one), luminanceOf(other)].toSorted(
    (a, b) => a - b,
  );
  return (lighter + 0.05) / (darker + 0.05);
}

const SURFACES = ["background", "surface", "raised"];

describe.each(["light", "dark"])("%s", (scheme) => {
  const colorOf = (token: string) => TOKENS.get(token)?.[scheme === "light" ? 0 : 1] ?? "";

  test.each(
    ["text", "muted", "accent", "green", "red"].flatMap((ink) => SURFACES.map((on) => [ink, on])),
  )("%s on %s has the contrast of text (WCAG 1.4.3)", (ink, on) => {
    expect(contrastOf(colorOf(ink), colorOf(on))).toBeGreaterThanOrEqual(4.5);
  });

  test.each(SURFACES)("the edge of a control shows on %s (WCAG 1.4.11)", (on) => {
    expect(contrastOf(colorOf("control"), colorOf(on))).toBeGreaterThanOrEqual(3);
  });
});

test("contrastOf() is 21 from black to white, and 1 between equals", () => {
  expect(contrastOf("#000000", "#ffffff")).toBeCloseTo(21);
  expect(contrastOf("#6b6257", "#6b6257")).toBe(1);
});
